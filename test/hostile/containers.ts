import { RESPONSE_HEAD_BYTES } from "../../src/http1/response-head.js";
import {
	CHUNKS,
	container,
	containers,
	type Kind,
	MISSING,
	OK,
	pathOf,
	SERVED,
	say,
} from "./kind.js";

const HELLO = `${OK}Content-Length: 5\r\n\r\nhello`;
const UNCLEAR = { seen: MISSING, logged: "502 PH" };
const LONG_LINE = `HTTP/1.1 200 ${"a".repeat(RESPONSE_HEAD_BYTES)}`;
const LONG_HEAD = OK + "A: b\r\n".repeat(RESPONSE_HEAD_BYTES / 6 + 1);

/** Containers whose answer is not HTTP, or is ambiguous. */
const MALFORMED: Kind[] = [
	...containers(UNCLEAR, {
		"container answers garbage": "\x16\x03\x01 what?",
		"container speaks HTTP/2": "\0\0\x12\x04\0\0\0\0\0",
		"container speaks HTTP/0.9": "<html>hello</html>",
		"field without a colon": `${OK}nonsense\r\n\r\n`,
		"NUL in a container's field": `${OK}A: \0\r\n\r\n`,
		"two different lengths": `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
		"101 that was not asked for": "HTTP/1.1 101 Now\r\n\r\n",
		"endless interim heads": "HTTP/1.1 102 Processing\r\n\r\n".repeat(50),
	}),
	...containers(UNCLEAR, {
		"endless status line": LONG_LINE,
		"endless head of a container": LONG_HEAD,
	}).map((kind) => ({ ...kind, heavy: true })),
	broken("container's chunk size that is not a number", "x\r\n"),
	broken("container's chunk size too large", "fffffffffffffffff\r\n"),
	broken("container's malformed trailer", "0\r\n\0\r\n\r\n"),
];

/** Containers that send too much, but clearly. */
const TALKATIVE: Kind[] = [
	...containers(
		{ seen: SERVED, logged: "200 --" },
		{
			"length and chunks": `${OK}Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
			"container answers twice": HELLO + HELLO,
			"more body than its length": `${HELLO}, world`,
			"container sets the session cookie": `${OK}${"Set-Cookie: galaxysession=mine\r\n".repeat(100)}Content-Length: 0\r\n\r\n`,
		},
	),
	...["304 Same", "204 None"].map((status) =>
		container({
			name: `${status.slice(0, 3)} with a body`,
			says: HELLO.replace("200 OK", status),
			seen: `${status.slice(0, 3)}, then 200`,
			logged: `${status.slice(0, 3)} --`,
		}),
	),
	container({
		name: "answer to HEAD with a body",
		says: HELLO,
		seen: SERVED,
		logged: "200 --",
		ask: (peer, path) => peer.ask(`HEAD ${path}`),
	}),
	{
		...container({
			name: "unrequested second answer",
			says: HELLO,
			seen: "200",
			logged: "200 --",
			last: true,
		}),
		serve(container) {
			say(container, HELLO);
			setImmediate(() => say(container, HELLO));
		},
	},
	{
		name: "answer before the body",
		seen: ["413, then 200"],
		logged: ["413 --"],
		async play(peer) {
			const head = peer.ask(`POST ${pathOf(this)}`, "Content-Length: 6");
			const status = await peer.send(`${head}abc`).answer({ last: true });
			return `${status}, then ${await peer.send("def").good()}`;
		},
		serve: (container) =>
			say(
				container,
				"HTTP/1.1 413 Too Much\r\nContent-Length: 0\r\n\r\n",
				"closes",
			),
	},
];

/** Containers that stop and keep their connection. */
const SILENT: Kind[] = [
	...containers(
		{ seen: "504, then 200", logged: "504 sH" },
		{
			"container never answers": "",
			"half a status line": "HTTP/1.",
			"half a head of a container": `${OK}Content-Le`,
			"100 and nothing more": "HTTP/1.1 100 Continue\r\n\r\n",
		},
	),
	{
		name: "container never reads",
		heavy: true,
		seen: ["504, then 200", "504"],
		logged: ["504 sH"],
		async play(peer) {
			const body = Buffer.alloc(12 * 1024 * 1024);
			const length = `Content-Length: ${body.length}`;
			const head = peer.ask(`POST ${pathOf(this)}`, length);
			return await peer.send(head).send(body).answer();
		},
		serve: ({ socket }) => socket.pause(),
	},
	{
		name: "container stops in its body, client leaves",
		seen: ["gone"],
		logged: ["200 CD"],
		async play(peer) {
			await peer.send(peer.ask(`GET ${pathOf(this)}`)).client.until("hello");
			return peer.leave("FIN");
		},
		serve: (container) => say(container, CHUNKS),
	},
];

export const CONTAINERS: Kind[] = [...MALFORMED, ...TALKATIVE, ...SILENT];

/** In the same read as its head it is answered 502; after the head was forwarded the client must see the cut. */
function broken(name: string, rest: string): Kind {
	const seen = [MISSING, "200 cut"];
	const logged = ["502 PH", "200 PD"];
	return {
		...container({ name, says: CHUNKS, seen, logged }),
		serve(container) {
			say(container, CHUNKS);
			setImmediate(() => say(container, rest));
		},
	};
}
