import { createHash } from "node:crypto";
import { type RawRequest, values } from "../../support/client.js";
import {
	type Exchange,
	get,
	head,
	reply,
	type Table,
	untilClose,
} from "../exchange.js";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const UPGRADE = [
	"Connection: Upgrade",
	"Upgrade: websocket",
	`Sec-WebSocket-Key: ${KEY}`,
	"Sec-WebSocket-Version: 13",
];
/** A masked text frame "hello". */
const HELLO = "\x81\x85\x37\xfa\x21\x3d\x5f\x9f\x4d\x51\x58";

const ASKED = get("/ws", ...UPGRADE);
const TEXT = ["Content-Type: text/plain", "Connection: close"];

/** WebSockets, and upgrades that are refused. */
export const upgrades: Table = {
	"a WebSocket": echo([]),
	"a WebSocket with a subprotocol": echo(
		["Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org, other"],
		["Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org"],
	),
	"a WebSocket with extensions": echo(
		["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"],
		["Sec-WebSocket-Extensions: permessage-deflate"],
	),
	"a WebSocket from a page": echo([
		"Origin: http://galaxy.example:8800",
		"Cookie: _xsrf=1; galaxysession=abc",
	]),
	"a WebSocket as Firefox asks for it": echo([
		"Connection: keep-alive, Upgrade",
	]),
	"a WebSocket to RStudio": echo([], [], "/rstudio/websocket/"),
	"a WebSocket through an nginx that speaks HTTP/1.0": {
		...echo([]),
		send: head("GET /ws HTTP/1.0", "Connection: upgrade", ...UPGRADE.slice(1)),
	},
	"an upgrade in HTTP/1.0 that is refused": {
		...refused(reply("403 Forbidden", "no", ...TEXT)),
		send: head("GET /ws HTTP/1.0", ...UPGRADE),
	},
	"a WebSocket whose first frames come with the 101": {
		send: ASKED,
		answer: (connection, request) =>
			connection.send(`${switching(request)}\x81\x02hi`),
		play: async ({ response, client, note }) => {
			await response();
			note((await client.take(4)).toString("latin1"));
		},
	},
	"a WebSocket that carries 2 MB each way": {
		send: ASKED,
		answer: async (connection, request) => {
			connection.send(switching(request));
			connection.send(await connection.take(2_000_000));
		},
		play: async ({ response, client, note }) => {
			await response();
			const sent = Buffer.alloc(2_000_000, "pattern!");
			client.send(sent);
			note((await client.take(sent.length)).equals(sent));
		},
	},
	"a WebSocket that the container ends": {
		send: ASKED,
		answer: (connection, request) =>
			connection.send(`${switching(request)}\x88\x02\x03\xe9`).end(),
		play: async ({ response, client, note }) => {
			await response();
			note([(await client.take(4)).toString("latin1"), await client.closed]);
		},
	},
	"an upgrade refused with 403 Forbidden": refused(
		reply("403 Forbidden", "no kernel for you", ...TEXT),
	),
	"an upgrade refused with 404 Not Found": refused(
		reply("404 Not Found", "no such kernel", ...TEXT),
	),
	"an upgrade refused with 500 Internal Server Error": refused(
		reply("500 Internal Server Error", "", ...TEXT),
	),
	"an upgrade that is answered with a redirect": refused(
		reply("302 Found", "", "Location: /login", "Connection: close"),
	),
};

function switching(request: RawRequest, ...lines: string[]): string {
	const [key = ""] = values(request.headers, "Sec-WebSocket-Key");
	const accept = createHash("sha1")
		.update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
		.digest("base64");
	const own = [
		"HTTP/1.1 101 Switching Protocols",
		"Upgrade: websocket",
		"Connection: Upgrade",
		`Sec-WebSocket-Accept: ${accept}`,
	];
	return [...own, ...lines, "", ""].join("\r\n");
}

/** The container sends back what it gets, the frame's bytes unchanged. */
function echo(
	asked: string[],
	granted: string[] = [],
	target = "/ipython/api/kernels/1/channels",
): Partial<Exchange> {
	const names = asked.map((line) => line.split(":")[0]);
	const own = UPGRADE.filter((line) => !names.includes(line.split(":")[0]));
	return {
		send: get(target, ...own, ...asked),
		answer: async (connection, request) => {
			connection.send(switching(request, ...granted));
			for (;;) connection.send(await connection.take(HELLO.length));
		},
		play: async ({ response, client, note }) => {
			await response();
			for (const frame of [HELLO, HELLO]) {
				client.send(frame);
				note((await client.take(HELLO.length)).toString("latin1"));
			}
		},
	};
}

function refused(answer: string): Partial<Exchange> {
	return { send: ASKED, answer: untilClose(answer) };
}
