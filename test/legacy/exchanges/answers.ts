import {
	bare,
	chunked,
	get,
	head,
	reply,
	type Table,
	untilClose,
	withBody,
} from "../exchange.js";

/** How bodies are framed, and containers that do not answer. */
export const answers: Table = {
	"an empty body": { answer: reply("200 OK", "") },
	"a chunked body": {
		answer:
			bare("200 OK", "Transfer-Encoding: chunked") +
			chunked(["a", "bc", "def"]),
	},
	"an empty chunked body": {
		answer: bare("200 OK", "Transfer-Encoding: chunked") + chunked([]),
	},
	"a chunked body with trailers": {
		send: get("/", "TE: trailers"),
		answer:
			bare("200 OK", "Transfer-Encoding: chunked") +
			chunked(["body"], "X-Checksum: c0ffee"),
		differs: ["trailers of answers pass"],
	},
	"a chunked body with upper-case sizes": {
		answer: `${bare("200 OK", "Transfer-Encoding: chunked")}A\r\n0123456789\r\n0\r\n\r\n`,
	},
	"a body until the end of the connection": {
		answer: untilClose(
			`${bare("200 OK", "Content-Type: text/plain")}to the end`,
		),
	},
	"HTTP/1.0 until the end of the connection": {
		answer: untilClose(
			"HTTP/1.0 200 OK\r\nServer: SimpleHTTP\r\n\r\nto the end",
		),
	},
	"HTTP/1.0 with a length": {
		answer: untilClose("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody"),
	},
	"an empty body until the end of the connection": {
		answer: untilClose(bare("200 OK")),
		differs: ["an answer's missing length stays missing"],
	},
	"a head in pieces": {
		answer: async (connection) => {
			for (const byte of reply("200 OK", "in pieces", "X-Piece: 1")) {
				connection.send(byte);
				await new Promise((resolve) => setImmediate(resolve));
			}
			connection.end();
		},
	},
	"download of 6 MB": {
		send: get("/file"),
		answer: reply(
			"200 OK",
			"0123456789abcdef".repeat(375_000),
			'Content-Disposition: attachment; filename="a.bin"',
		),
	},
	"download of 3 MB in chunks": {
		send: get("/file"),
		answer:
			bare("200 OK", "Transfer-Encoding: chunked") +
			chunked(Array(300).fill("0123456789".repeat(1000))),
	},
	"102 before the answer": {
		answer: bare("102 Processing") + reply("200 OK", "done"),
		differs: ["interim answers pass"],
		play: async ({ response }) => {
			if ((await response()).status === 102) await response();
		},
	},
	"a stopped container": ["Cookie: galaxysession=down"],
	"a stopped container, POST": head(
		"POST / HTTP/1.1",
		"Cookie: galaxysession=down",
		"Content-Length: 0",
	),
	"a stopped container, HEAD": head(
		"HEAD / HTTP/1.1",
		"Cookie: galaxysession=down",
	),
	"a container that ends without an answer": {
		send: withBody("POST", "/", "once"),
		answer: (connection) => connection.end(),
	},
	"a container that resets": {
		send: withBody("POST", "/", "once"),
		answer: (connection) => connection.reset(),
	},
	"a container that does not speak HTTP": {
		answer: untilClose("SSH-2.0-OpenSSH_9.2\r\n"),
	},
};
