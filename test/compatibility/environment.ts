import type { TestContext } from "node:test";
import { connect, type RawClient, upgrade, values } from "../support/client.js";
import { type Backend, startBackend } from "../support/container.js";

const SWITCHED =
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

/** A container that answers a request with `name` and echoes what an upgraded connection sends. */
export function startEnvironment(
	t: TestContext,
	name: string,
): Promise<Backend> {
	return startBackend(t, async (connection) => {
		for (;;) {
			const { headers } = await connection.request();
			if (values(headers, "Upgrade").length > 0) break;
			connection.send(
				`HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`,
			);
		}
		connection.send(SWITCHED);
		for (;;) connection.send(await connection.take(1));
	});
}

/** An open tunnel of the session to its environment. */
export async function openTunnel(
	t: TestContext,
	port: number,
): Promise<RawClient> {
	const client = await connect(t, port);
	const { status } = await client.send(upgrade()).response();
	if (status !== 101) throw new Error(`upgrade answered ${status}`);
	return client;
}
