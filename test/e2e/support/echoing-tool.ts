import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Place } from "./place.js";

/** Milliseconds between two events of a stream. */
const EVENT_MS = 50;

/** A tool that reports how a request arrived; the last segment of the path chooses the answer. */
export interface EchoingTool {
	readonly port: number;
	/** Lets an event stream send its second event, and end. */
	endEvents(): void;
	/** Resolves when the first bytes of the next upload have arrived. */
	uploading(): Promise<unknown>;
	/** Resolves when the next client of a ceaseless stream has gone. */
	left(): Promise<unknown>;
}

export async function startEchoingTool(place: Place): Promise<EchoingTool> {
	let endEvents = () => {};
	const moments = new EventEmitter();
	const answers: Record<
		string,
		(request: IncomingMessage, response: ServerResponse) => void
	> = {
		events(_, response) {
			response.setHeader("Content-Type", "text/event-stream");
			response.write("data: 1\n\n");
			endEvents = () => response.end("data: 2\n\n");
		},
		ceaseless(_, response) {
			response.setHeader("Content-Type", "text/event-stream");
			const timer = setInterval(() => response.write("data: 1\n\n"), EVENT_MS);
			response.once("close", () => {
				clearInterval(timer);
				moments.emit("left");
			});
		},
		"large-head"(_, response) {
			response.setHeader("X-Large", "x".repeat(12_000)).end();
		},
		commands(_, response) {
			response.setHeader("X-Accel-Redirect", "/internal/secret");
			response.setHeader("X-Sendfile", place.file("secret"));
			response.end("the tool's own");
		},
		upload(request, response) {
			const hash = createHash("sha256");
			request.once("data", () => moments.emit("uploading"));
			request.on("data", (part: Buffer) => hash.update(part));
			request.once("end", () => response.end(hash.digest("hex")));
		},
	};
	const server = createServer((request, response) => {
		const { url = "", headers } = request;
		const answer = answers[url.split("/").at(-1) ?? ""];
		if (answer) answer(request, response);
		else response.end(JSON.stringify({ url, headers }));
	});
	server.on("upgrade", echoFrames());
	return {
		port: await place.serve(server),
		endEvents: () => endEvents(),
		uploading: () => once(moments, "uploading"),
		left: () => once(moments, "left"),
	};
}

/** Like Jupyter and Streamlit it refuses a page whose origin is not the requested host, including the port. */
function echoFrames() {
	const sockets = new WebSocketServer({ noServer: true });
	return (request: IncomingMessage, socket: Duplex, head: Buffer) => {
		const { origin, host } = request.headers;
		if (origin !== `http://${host}`) {
			socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
			return;
		}
		sockets.handleUpgrade(request, socket, head, (client) =>
			client.on("message", (data, binary) => client.send(data, { binary })),
		);
	};
}
