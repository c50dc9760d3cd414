import { once } from "node:events";
import {
	createServer as createHttpServer,
	type Server as HttpServer,
	type RequestListener,
} from "node:http";
import { type AddressInfo, createServer } from "node:net";
import type { TestContext } from "node:test";
import { type RawRequest, readRequest } from "./message.js";
import { Changes } from "./wait.js";
import { ClosedEarly, Wire } from "./wire.js";

/**
 * A stopped container. Nothing ever listens on this port, whereas a port that was just closed may already belong to
 * another test. It is below the ports that systems assign, and not below 1024, where targets are not allowed.
 */
export const STOPPED = { host: "127.0.0.1", port: 1025 } as const;

/** A connection that a container accepted. */
export class BackendConnection extends Wire {
	/** Consumes exactly one request with its body. */
	request(): Promise<RawRequest> {
		return readRequest(this);
	}
}

export interface Backend {
	host: string;
	port: number;
	/** In order of arrival, ended ones too. */
	connections: BackendConnection[];
	/** The n-th connection, counted from 0; waits for it. */
	connection(index: number): Promise<BackendConnection>;
	/** Stops listening and drops every connection, as `docker kill` does. */
	kill(): Promise<void>;
}

/**
 * A raw container, on 127.0.0.1 unless `host` is another address. `script` runs once per connection and may be async. An error of it fails the test, except
 * when the peer ended while it waited. `halfOpen`: does not answer the peer's FIN with its own. Closed after the test.
 */
export async function startBackend(
	t: TestContext,
	script: (connection: BackendConnection) => unknown = () => {},
	options: { halfOpen?: boolean; host?: string; port?: number } = {},
): Promise<Backend> {
	const connections: BackendConnection[] = [];
	const faults: unknown[] = [];
	const arrivals = new Changes();
	const server = createServer(
		{ allowHalfOpen: options.halfOpen ?? false, noDelay: true },
		(socket) => {
			const connection = new BackendConnection(socket);
			connections.push(connection);
			arrivals.notify();
			Promise.resolve(connection)
				.then(script)
				.catch((error: unknown) => {
					if (!(error instanceof ClosedEarly)) faults.push(error);
				});
		},
	);
	const kill = async (): Promise<void> => {
		for (const connection of connections) connection.destroy();
		if (server.listening) await new Promise((resolve) => server.close(resolve));
	};
	t.after(async () => {
		await kill();
		if (faults.length > 0) throw faults[0];
	});
	const { host = "127.0.0.1" } = options;
	const port = await listen(server, options.port, host);

	const connection = (index: number): Promise<BackendConnection> =>
		arrivals.wait(
			`connection ${index}`,
			() => connections[index],
			() => `${connections.length} connections`,
		);
	return { host, port, connections, connection, kill };
}

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A container that answers each request. */
export interface Answering extends Backend {
	/** The requests so far, in order, over all its connections. */
	readonly requests: readonly RawRequest[];
	/** Waits for the n-th request, counted from 0. */
	request(index: number): Promise<RawRequest>;
}

/** Makes the response to a request; an empty one if it is sent on the connection directly, or later. */
export type Answer = (
	request: RawRequest,
	connection: BackendConnection,
) => string | Uint8Array;

/** A container that reads each complete request and answers it; its connections stay open until the proxy ends them. */
export async function startAnswering(
	t: TestContext,
	answer: string | Answer = OK,
	options: { port?: number } = {},
): Promise<Answering> {
	const requests: RawRequest[] = [];
	const arrivals = new Changes();
	const script = async (connection: BackendConnection) => {
		for (;;) {
			const request = await connection.request();
			requests.push(request);
			arrivals.notify();
			const text =
				typeof answer === "string" ? answer : answer(request, connection);
			if (text.length > 0) connection.send(text);
		}
	};
	const backend = await startBackend(t, script, options);
	return {
		...backend,
		requests,
		request: (index) =>
			arrivals.wait(
				`request ${index}`,
				() => requests[index],
				() => `${requests.length} requests`,
			),
	};
}

/** A container on Node's own HTTP server, at 127.0.0.1 or `host`. Closed after the test, with its connections. */
export async function startHttpBackend(
	t: TestContext,
	handler: RequestListener,
	{ host = "127.0.0.1", port = 0 } = {},
): Promise<{ host: string; port: number; server: HttpServer }> {
	const server = createHttpServer(handler);
	const upgraded = new Set<{ destroy(): void }>();
	server.on("upgrade", (_request, socket) => upgraded.add(socket));
	t.after(async () => {
		for (const socket of upgraded) socket.destroy();
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});
	return { host, port: await listen(server, port, host), server };
}

async function listen(
	server: ReturnType<typeof createServer>,
	port = 0,
	host = "127.0.0.1",
): Promise<number> {
	server.listen(port, host);
	await once(server, "listening");
	return (server.address() as AddressInfo).port;
}
