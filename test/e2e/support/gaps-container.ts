import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Place } from "./place.js";

/** An environment that tells what of a request arrived, by the last segment of the path, and what a front proxy did with it. */
export interface GapsContainer {
	readonly port: number;
	/** Ends the event stream that is open. */
	endEvents(): void;
	/** Resolves with the bytes of an upload that have arrived, as soon as there are any. */
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
	await listen(place, server);
	return {
		port: (server.address() as AddressInfo).port,
		endEvents: () => events?.end(),
		uploading: () => uploading,
	};
}

async function listen(place: Place, server: Server): Promise<void> {
	server.on("upgrade", (_request, socket: Socket) => {
		socket.write(
			"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		);
		socket.pipe(socket);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	place.atEnd(async () => {
		server.closeAllConnections();
		server.close();
	});
}
