import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import type { Place } from "../e2e/support/place.js";
import type { Seen } from "./corpus.js";

/** What a container tells: a request that it understood, or the status with which it refused one. */
export type Told = Seen | { readonly refused: number };

/** Stands in every refusal of a container: another one is the proxy's. */
export const FROM_CONTAINER = "X-Container: 1";

export interface Container {
	readonly port: number;
	/** What it told since this was called last. */
	take(): Told[];
}

/** Node's own server, in this process. */
export async function startNode(place: Place): Promise<Container> {
	const tale = new Tale();
	const server = createServer((request, response) => {
		const body: Buffer[] = [];
		request.on("data", (part: Buffer) => body.push(part));
		request.on("end", () => {
			tale.add(asNodeSaw(request, Buffer.concat(body)));
			response.end(request.url);
		});
	});
	server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
		if (!error.code?.startsWith("HPE_")) {
			socket.destroy();
			return;
		}
		tale.add({ refused: 400 });
		socket.end(
			`HTTP/1.1 400 Bad Request\r\n${FROM_CONTAINER}\r\nConnection: close\r\n\r\n`,
		);
	});
	await new Promise<void>((listening) =>
		server.listen(0, "127.0.0.1", listening),
	);
	place.atEnd(async () => {
		server.closeAllConnections();
		server.close();
	});
	return { port: (server.address() as AddressInfo).port, take: tale.take };
}

function asNodeSaw(request: IncomingMessage, body: Buffer): Seen {
	return {
		method: request.method ?? "",
		target: request.url ?? "",
		host: request.headers.host ?? "",
		body: body.toString("latin1"),
		field: String(request.headers["x-t"] ?? ""),
	};
}

/** Python's http.server, a process for each. */
export async function startPython(
	place: Place,
	name: string,
	program: string,
): Promise<Container> {
	const { stdout } = place.start(name, ["python3", "-u", program], {
		talks: true,
	});
	if (stdout === null) throw new Error(`${name} has no standard output`);
	const tale = new Tale();
	const port = await new Promise<number>((resolve) => {
		createInterface(stdout).on("line", (line) => {
			const told: Told | { port: number } = JSON.parse(line);
			if ("port" in told) resolve(told.port);
			else tale.add(told);
		});
	});
	return { port, take: tale.take };
}

/** What one container told and nobody has taken yet. */
class Tale {
	private told: Told[] = [];

	readonly take = (): Told[] => this.told.splice(0);

	add(told: Told): void {
		this.told.push(told);
	}
}
