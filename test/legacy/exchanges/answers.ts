import {
	bare,
	chunked,
	type Exchange,
	get,
	head,
	reply,
	untilClose,
	withBody,
} from "../exchange.js";

/** How bodies are framed, and containers that do not answer. */
export const answers: Exchange[] = [
	{ name: "an empty body", send: get("/"), answer: reply("200 OK", "") },
	{
		name: "a chunked body",
		send: get("/"),
		answer:
			bare("200 OK", "Transfer-Encoding: chunked") +
			chunked(["a", "bc", "def"]),
	},
	{
		name: "an empty chunked body",
		send: get("/"),
		answer: bare("200 OK", "Transfer-Encoding: chunked") + chunked([]),
	},
	{
		name: "a chunked body with trailers",
		send: get("/", "TE: trailers"),
		answer:
			bare("200 OK", "Transfer-Encoding: chunked") +
			chunked(["body"], "X-Checksum: c0ffee"),
		differs: ["trailers of answers pass"],
	},
	{
		name: "a chunked body with upper-case sizes",
		send: get("/"),
		answer: `${bare("200 OK", "Transfer-Encoding: chunked")}A\r\n0123456789\r\n0\r\n\r\n`,
	},
	{
		name: "a body until the end of the connection",
		send: get("/"),
		answer: untilClose(
			`${bare("200 OK", "Content-Type: text/plain")}to the end`,
		),
	},
	{
		name: "HTTP/1.0 until the end of the connection",
		send: get("/"),
		answer: untilClose(
			"HTTP/1.0 200 OK\r\nServer: SimpleHTTP\r\n\r\nto the end",
		),
	},
	{
		name: "HTTP/1.0 with a length",
		send: get("/"),
		answer: untilClose("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody"),
	},
	{
		name: "an empty body until the end of the connection",
		send: get("/"),
		answer: untilClose(bare("200 OK")),
		differs: ["an answer's missing length stays missing"],
	},
	{
		name: "a head in pieces",
		send: get("/"),
		answer: async (connection) => {
			for (const byte of reply("200 OK", "in pieces", "X-Piece: 1")) {
				connection.send(byte);
				await new Promise((resolve) => setImmediate(resolve));
			}
			connection.end();
		},
	},
	{
		name: "download of 6 MB",
		send: get("/file"),
		answer: reply(
			"200 OK",
			"0123456789abcdef".repeat(375_000),
			'Content-Disposition: attachment; filename="a.bin"',
		),
	},
	{
		name: "download of 3 MB in chunks",
		send: get("/file"),
		answer:
			bare("200 OK", "Transfer-Encoding: chunked") +
			chunked(Array(300).fill("0123456789".repeat(1000))),
	},
	{
		name: "102 before the answer",
		send: get("/"),
		answer: bare("102 Processing") + reply("200 OK", "done"),
		differs: ["interim answers pass"],
		play: async ({ response }) => {
			if ((await response()).status === 102) await response();
		},
	},
	{ name: "a stopped container", send: get("/", "Cookie: galaxysession=down") },
	{
		name: "a stopped container, POST",
		send: head(
			"POST / HTTP/1.1",
			"Cookie: galaxysession=down",
			"Content-Length: 0",
		),
	},
	{
		name: "a stopped container, HEAD",
		send: head("HEAD / HTTP/1.1", "Cookie: galaxysession=down"),
	},
	{
		name: "a container that ends without an answer",
		send: withBody("POST", "/", "once"),
		answer: (connection) => connection.end(),
	},
	{
		name: "a container that resets",
		send: withBody("POST", "/", "once"),
		answer: (connection) => connection.reset(),
	},
	{
		name: "a container that does not speak HTTP",
		send: get("/"),
		answer: untilClose("SSH-2.0-OpenSSH_9.2\r\n"),
	},
];
