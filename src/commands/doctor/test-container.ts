import { createHash, randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** The field by which a test request says what it wants, so that the checks can use any path. */
export const WISH = "X-Galaxy-Proxy-Doctor";
export type Wish =
	| "echo"
	| "long"
	| "silent"
	| "unwell"
	| "origin"
	| "command"
	| "early";

/** The answer to "echo": what arrived of the request. */
export type Arrived = Awaited<ReturnType<typeof arrivedOf>>;

/** The status of the answer to "unwell". */
export const UNWELL = 503;
/** The number of bytes of the answer to "long". */
export const LONG_BYTES = 8 * 1024 * 1024;
const PART = Buffer.alloc(64 * 1024, "galaxy-proxy doctor\n");

/** Fields by which a server makes nginx, Apache or lighttpd send another resource, and one that nobody has. */
export const COMMANDS = ["X-Accel-Redirect", "X-Sendfile"] as const;
const NOWHERE = "/galaxy-proxy-doctor/nowhere";

/** WebSocket frames (RFC 6455 section 5.2) of one word. The client's mask is zero, so that it stays readable. */
const WORD = Buffer.from("doctor");
const CLIENT_HEAD = Buffer.from([0x81, 0x80 | WORD.length, 0, 0, 0, 0]);
const SERVER_HEAD = Buffer.from([0x81, WORD.length]);
export const ASKING_FRAME = Buffer.concat([CLIENT_HEAD, WORD]);
export const ANSWERING_FRAME = Buffer.concat([SERVER_HEAD, WORD]);

/** Listens on a free port of this host's loopback. The caller must close it. */
export async function startTestContainer(silenceMs: number) {
	const mark = randomBytes(8).toString("hex");
	const server = http.createServer({ keepAlive: true });
	const tunnels = new Set<Duplex>();
	/** Emits "begun" when the first part of the upload of a request for "early" arrives. */
	const uploads = new EventEmitter();
	server.on("request", (request, response) => {
		if (request.headers[WISH.toLowerCase()] === "early")
			request.once("data", () => uploads.emit("begun"));
		response.setHeader("Content-Type", "application/octet-stream");
		// A client that leaves ends its response.
		answer(request, response, mark, silenceMs).catch(() => response.destroy());
	});
	server.on("upgrade", (request, socket) => {
		tunnels.add(socket);
		socket.once("close", () => tunnels.delete(socket));
		openTunnel(request, socket, silenceMs);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	const close = (): void => {
		for (const socket of tunnels) socket.destroy();
		server.closeAllConnections();
		server.close();
	};
	return { mark, port, close, uploads };
}

async function answer(
	request: http.IncomingMessage,
	response: http.ServerResponse,
	mark: string,
	silenceMs: number,
): Promise<void> {
	switch (request.headers[WISH.toLowerCase()]) {
		case "long":
			for (let sent = 0; sent < LONG_BYTES; sent += PART.length)
				if (!response.write(PART)) await once(response, "drain");
			response.end();
			return;
		case "silent": {
			// Shows whether a front proxy buffers the beginning, or cuts a silent answer.
			response.write("begin\n");
			const timer = setTimeout(() => response.end("end\n"), silenceMs);
			response.once("close", () => clearTimeout(timer));
			return;
		}
		case "unwell":
			response.writeHead(UNWELL).end(mark);
			return;
		case "command":
			for (const name of COMMANDS) response.setHeader(name, NOWHERE);
			response.end(mark);
			return;
		default:
			response.end(JSON.stringify(await arrivedOf(request, mark)));
	}
}

/** Reads the request to its end. */
async function arrivedOf(request: http.IncomingMessage, mark: string) {
	const hash = createHash("sha256");
	let bytes = 0;
	for await (const part of request as AsyncIterable<Buffer>) {
		hash.update(part);
		bytes += part.length;
	}
	const { headers } = request;
	const field = (name: string): string => String(headers[name] ?? "");
	const cookies = field("cookie").split(";");
	return {
		/** Identifies this container, so that no other answer is taken for its own. */
		mark,
		target: request.url ?? "",
		host: field("host"),
		forwardedProto: field("x-forwarded-proto"),
		forwardedHost: field("x-forwarded-host"),
		/** Names alone, in lower case: values may be secrets. */
		fields: Object.keys(headers),
		cookies: cookies.map((each) => each.split("=")[0]?.trim() ?? ""),
		bytes,
		sha256: hash.digest("hex"),
	};
}

/** Compares them as Jupyter and Streamlit do: with the port. */
function isOwnOrigin({ origin = "", host }: http.IncomingHttpHeaders): boolean {
	return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** Answers the first frame, and sends one more after the silence. Destroys nothing: the caller owns the socket. */
function openTunnel(
	{ headers }: http.IncomingMessage,
	socket: Duplex,
	silenceMs: number,
): void {
	if (headers[WISH.toLowerCase()] === "origin" && !isOwnOrigin(headers)) {
		socket.end(
			"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		);
		return;
	}
	// RFC 6455 section 4.2.2.
	const key = `${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
	const accept = createHash("sha1").update(key).digest("base64");
	socket.write(
		`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
	);
	const send = () => socket.write(ANSWERING_FRAME);
	const timer = setTimeout(send, silenceMs);
	socket.once("data", send);
	// The check sees it when a front cuts the connection.
	socket.on("error", () => {});
	socket.once("close", () => clearTimeout(timer));
}
