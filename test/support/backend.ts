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
 * A container that has stopped. Nobody listens on this port anywhere, while one that a listener had a moment ago may be a
 * neighbouring test's by now. It is below those that systems give out, and not below 1024, where no target may be.
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
 * A raw container on 127.0.0.1. `script` runs once per connection and may be async. What it throws fails the test, except
 * that the peer ended while it waited. `halfOpen`: the peer's FIN is not answered with ours. Closed after the test.
 */
export async function startBackend(
	t: TestContext,
	script: (connection: BackendConnection) => unknown = () => {},
	options: { halfOpen?: boolean; port?: number } = {},
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
	const port = await listen(server, options.port);

	const connection = (index: number): Promise<BackendConnection> =>
		arrivals.wait(
			`connection ${index}`,
			() => connections[index],
			() => `${connections.length} connections`,
		);
	return { host: "127.0.0.1", port, connections, connection, kill };
}

/** A container on Node's own HTTP server, on 127.0.0.1. Closed after the test, with its connections. */
export async function startHttpBackend(
	t: TestContext,
	handler: RequestListener,
): Promise<{ host: string; port: number; server: HttpServer }> {
	const server = createHttpServer(handler);
	const upgraded = new Set<{ destroy(): void }>();
	server.on("upgrade", (_request, socket) => upgraded.add(socket));
	t.after(async () => {
		for (const socket of upgraded) socket.destroy();
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});
	return { host: "127.0.0.1", port: await listen(server), server };
}

async function listen(
	server: ReturnType<typeof createServer>,
	port = 0,
): Promise<number> {
	server.listen(port, "127.0.0.1");
	await once(server, "listening");
	return (server.address() as AddressInfo).port;
}
