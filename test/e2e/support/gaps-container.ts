import { createServer, type ServerResponse } from "node:http";
import type { Place } from "./place.js";

/** An environment that reports how a request arrived through a front proxy; the last segment of the path chooses the answer. */
export interface GapsContainer {
	readonly port: number;
	/** Ends the event stream that is open. */
	endEvents(): void;
	/** Resolves with the number of the first bytes of an upload. */
	uploading(): Promise<number>;
}

export async function startGapsContainer(place: Place): Promise<GapsContainer> {
	let events: ServerResponse | undefined;
	let arrived: (bytes: number) => void = () => undefined;
	const uploading = new Promise<number>((resolve) => {
		arrived = resolve;
	});
	const server = createServer((request, response) => {
		const { url = "", headers } = request;
		if (url.endsWith("/events")) {
			events = response;
			response.setHeader("Content-Type", "text/event-stream");
			response.write("data: 1\n\n");
		} else if (url.endsWith("/redirect")) {
			const location = `http://${headers.host}${url.replace("redirect", "there")}`;
			response.writeHead(302, { Location: location }).end();
		} else if (url.endsWith("/large-head")) {
			response.setHeader("X-Large", "x".repeat(12_000));
			response.end();
		} else if (url.endsWith("/steal")) {
			response.setHeader("X-Accel-Redirect", "/secret/file");
			response.end("mine");
		} else if (url.endsWith("/upload")) {
			request.once("data", (part: Buffer) => arrived(part.length));
			request.once("end", () => response.end("taken"));
		} else response.end(JSON.stringify({ url, headers }));
	});
	server.on("upgrade", (_request, socket) => {
		socket.write(
			"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		);
		socket.pipe(socket);
	});
	return {
		port: await place.serve(server),
		endEvents: () => events?.end(),
		uploading: () => uploading,
	};
}
