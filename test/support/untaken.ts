import type { TestContext } from "node:test";
import { connect, request } from "./client.js";
import { type Backend, startBackend } from "./container.js";

const PIECE = Buffer.alloc(1024 * 1024);

/** A container that sends without end, takes no upload, and answers /small with 204. */
export function startUntaking(t: TestContext): Promise<Backend> {
	return startBackend(t, async (connection) => {
		const line = await connection.line();
		const { socket } = connection;
		if (line.startsWith("GET /small"))
			connection.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
		if (line.startsWith("POST")) socket.pause();
		if (!line.startsWith("GET /endless")) return;
		connection.send("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");
		const fill = (): void => {
			while (socket.write(PIECE));
		};
		socket.on("drain", fill);
		fill();
	});
}

/** So many downloads that their clients do not take, and as many uploads of so many megabytes that the container does not. */
export async function openUntaken(
	t: TestContext,
	port: number,
	{ peers, megabytes }: { peers: number; megabytes: number },
): Promise<void> {
	for (let n = 0; n < peers; n++) {
		const reader = await connect(t, port);
		reader.send(request("GET /endless")).socket.pause();
		const writer = await connect(t, port);
		writer.send(request("POST /upload", "Content-Length: 999999999"));
		for (let piece = 0; piece < megabytes; piece++) writer.send(PIECE);
	}
}
