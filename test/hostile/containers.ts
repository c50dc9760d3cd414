import { RESPONSE_HEAD_BYTES } from "../../src/http1/response-head.js";
import { container, type Kind, pathOf, say } from "./kind.js";

const MISSING = "502, then 200";
const SERVED = "200, then 200";
const OK = "HTTP/1.1 200 OK\r\n";
const HELLO = `${OK}Content-Length: 5\r\n\r\nhello`;
const CHUNKS = `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`;

/** Containers that do not speak HTTP, or not clearly. */
const UNCLEAR: Kind[] = [
	unclear("container answers garbage", "\x16\x03\x01 what?"),
	unclear("container speaks HTTP/2", "\0\0\x12\x04\0\0\0\0\0"),
	unclear("container speaks HTTP/0.9", "<html>hello</html>"),
	unclear("field without a colon", `${OK}nonsense\r\n\r\n`),
	unclear("NUL in a container's field", `${OK}A: \0\r\n\r\n`),
	unclear(
		"two different lengths",
		`${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
	),
	unclear("101 that was not asked for", "HTTP/1.1 101 Now\r\n\r\n"),
	heavy(
		unclear(
			"endless status line",
			`HTTP/1.1 200 ${"a".repeat(RESPONSE_HEAD_BYTES)}`,
		),
	),
	heavy(
		unclear(
			"endless head of a container",
			OK + "A: b\r\n".repeat(RESPONSE_HEAD_BYTES / 6 + 1),
		),
	),
	unclear(
		"endless interim heads",
		"HTTP/1.1 102 Processing\r\n\r\n".repeat(50),
	),
	broken("container's chunk size that is no number", "x\r\n"),
	broken("container's chunk size too large", "fffffffffffffffff\r\n"),
	broken("container's trailer that is none", "0\r\n\0\r\n\r\n"),
];

/** Containers that say too much, but clearly. */
const TALKATIVE: Kind[] = [
	served(
		"length and chunks",
		`${OK}Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
	),
	served("container answers twice", HELLO + HELLO),
	served("more body than its length", `${HELLO}, world`),
	served(
		"304 with a body",
		"HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\nhello",
		304,
	),
	served(
		"204 with a body",
		"HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\nhello",
		204,
	),
	served(
		"container sets the session cookie",
		`${OK}${"Set-Cookie: galaxysession=mine\r\n".repeat(100)}Content-Length: 0\r\n\r\n`,
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
			name: "second answer that nobody asked for",
			says: HELLO,
			seen: "200",
			logged: "200 --",
			last: true,
		}),
		serve(container) {
			say(container, HELLO, "stays");
			setImmediate(() => say(container, HELLO, "stays"));
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

/** Containers that stop and stay. */
const SILENT: Kind[] = [
	stops("container never answers", ""),
	stops("half a status line", "HTTP/1."),
	stops("half a head of a container", `${OK}Content-Le`),
	stops("100 and nothing more", "HTTP/1.1 100 Continue\r\n\r\n"),
	{
		name: "container never reads",
		heavy: true,
		seen: ["504, then 200", "504"],
		logged: ["504 sH"],
		async play(peer) {
			const length = 12 * 1024 * 1024;
			const head = peer.ask(
				`POST ${pathOf(this)}`,
				`Content-Length: ${length}`,
			);
			return await peer.send(head).send(Buffer.alloc(length)).answer();
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
		serve: (container) => say(container, CHUNKS, "stays"),
	},
];

export const CONTAINERS: Kind[] = [...UNCLEAR, ...TALKATIVE, ...SILENT];

function unclear(name: string, says: string): Kind {
	return container({ name, says, seen: MISSING, logged: "502 PH" });
}

function heavy(kind: Kind): Kind {
	return { ...kind, heavy: true };
}

/** In one piece with its head it is answered for; behind a head that is out already the client must see the cut. */
function broken(name: string, rest: string): Kind {
	const seen = [MISSING, "200 cut"];
	const logged = ["502 PH", "200 PD"];
	const kind = container({ name, says: CHUNKS, seen, logged });
	return {
		...kind,
		serve(container) {
			say(container, CHUNKS, "stays");
			setImmediate(() => say(container, rest, "stays"));
		},
	};
}

function served(name: string, says: string, status = 200): Kind {
	const seen = `${status}, then 200`;
	return container({ name, says, seen, logged: `${status} --` });
}

function stops(name: string, says: string): Kind {
	return container({ name, says, seen: "504, then 200", logged: "504 sH" });
}
