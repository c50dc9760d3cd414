import { once } from "node:events";
import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import type { Place } from "./place.js";
import { linesOf } from "./until.js";

/** The length of the incomplete answers, and the bytes that they send before they stall. */
export const ANNOUNCED_BYTES = 1_000_000;
export const SENT_BYTES = 300_000;

/** A small environment in its own process, which can be killed at a known moment. */
export interface Container {
	readonly port: number;
	/** The next line of its output: one for each request that has reached its last state. */
	said(): Promise<string>;
	kill(): Promise<void>;
}

export async function startContainer(place: Place): Promise<Container> {
	const command = [process.execPath, fileURLToPath(import.meta.url)];
	const program = place.start("container", command, { talks: true });
	const said = linesOf(program);
	const kill = async (): Promise<void> => {
		const ended = once(program, "exit");
		program.kill("SIGKILL");
		await ended;
	};
	return { port: Number(await said()), said, kill };
}

/** By the last segment of the path. */
const ANSWERS: Record<
	string,
	(request: IncomingMessage, response: ServerResponse) => void
> = {
	ok: (_request, response) => response.end("ok\n"),
	silent: () => console.log("silent"),
	length: (_request, response) => {
		response.setHeader("Content-Length", ANNOUNCED_BYTES);
		response.write("x".repeat(SENT_BYTES), () => console.log("length"));
	},
	chunked: (_request, response) => {
		response.write("x".repeat(SENT_BYTES), () => console.log("chunked"));
	},
	upload: (request) => {
		request.once("data", () => {
			request.pause();
			console.log("upload");
		});
	},
};

/** The container's own process: prints its port, then a line for each request of ANSWERS that waits for its end. */
async function main(): Promise<void> {
	const server = createServer((request, response) => {
		const answer = ANSWERS[request.url?.split("/").at(-1) ?? ""];
		if (answer) answer(request, response);
		else response.writeHead(404).end();
	});
	const sockets = new WebSocketServer({ server });
	sockets.on("connection", (socket) =>
		socket.on("message", (data, binary) => socket.send(data, { binary })),
	);
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	console.log((server.address() as AddressInfo).port);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
