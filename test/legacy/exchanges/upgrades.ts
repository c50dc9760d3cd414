import { createHash } from "node:crypto";
import type { BackendConnection } from "../../support/backend.js";
import { type RawRequest, values } from "../../support/message.js";
import { type Exchange, get, reply } from "../exchange.js";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const UPGRADE = [
	"Connection: Upgrade",
	"Upgrade: websocket",
	`Sec-WebSocket-Key: ${KEY}`,
	"Sec-WebSocket-Version: 13",
];
/** A masked text frame "hello". */
const HELLO = "\x81\x85\x37\xfa\x21\x3d\x5f\x9f\x4d\x51\x58";

/** WebSockets: the container's 101 and what follows it. */
export const upgrades: Exchange[] = [
	echo("a WebSocket", []),
	echo(
		"a WebSocket with a subprotocol",
		["Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org, other"],
		["Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org"],
	),
	echo(
		"a WebSocket with extensions",
		["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"],
		["Sec-WebSocket-Extensions: permessage-deflate"],
	),
	echo("a WebSocket from a page", [
		"Origin: http://galaxy.example:8800",
		"Cookie: _xsrf=1; galaxysession=abc",
	]),
	echo("a WebSocket as Firefox asks for it", [
		"Connection: keep-alive, Upgrade",
	]),
	echo("a WebSocket to RStudio", [], [], "/rstudio/websocket/"),
	{
		name: "a WebSocket whose first frames come with the 101",
		send: get("/ws", ...UPGRADE),
		answer: (connection, request) =>
			connection.send(`${switching(request)}\x81\x02hi`),
		play: async ({ response, client, note }) => {
			await response();
			note((await client.take(4)).toString("latin1"));
		},
	},
	{
		name: "a WebSocket that carries 2 MB each way",
		send: get("/ws", ...UPGRADE),
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
	{
		name: "a WebSocket that the container ends",
		send: get("/ws", ...UPGRADE),
		answer: (connection, request) =>
			connection.send(`${switching(request)}\x88\x02\x03\xe9`).end(),
		play: async ({ response, client, note }) => {
			await response();
			note([(await client.take(4)).toString("latin1"), await client.closed]);
		},
	},
	refused("403 Forbidden", "no kernel for you"),
	refused("404 Not Found", "no such kernel"),
	refused("500 Internal Server Error", ""),
	{
		name: "an upgrade that is answered with a redirect",
		send: get("/ws", ...UPGRADE),
		answer: (connection) =>
			connection
				.send(reply("302 Found", "", "Location: /login", "Connection: close"))
				.end(),
	},
];

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

/** The container gives back what it gets, the frame's bytes as they are. */
function echo(
	name: string,
	asked: string[],
	granted: string[] = [],
	target = "/ipython/api/kernels/1/channels",
): Exchange {
	const own = UPGRADE.filter(
		(line) =>
			!asked.some(
				(each) =>
					each.startsWith("Connection:") && line.startsWith("Connection:"),
			),
	);
	return {
		name,
		send: get(target, ...own, ...asked),
		answer: async (connection: BackendConnection, request: RawRequest) => {
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

function refused(status: string, body: string): Exchange {
	return {
		name: `an upgrade refused with ${status}`,
		send: get("/ws", ...UPGRADE),
		answer: (connection) =>
			connection
				.send(
					reply(status, body, "Content-Type: text/plain", "Connection: close"),
				)
				.end(),
	};
}
