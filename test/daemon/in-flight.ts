import type { TestContext } from "node:test";
import { connect, type RawClient, request } from "../support/client.js";
import { type BackendConnection, startBackend } from "../support/container.js";
import { type Daemon, startDaemon } from "../support/daemon.js";

/** A request that its container was given and has not answered. */
export interface InFlight {
	daemon: Daemon;
	client: RawClient;
	container: BackendConnection;
}

/** args: more arguments of the daemon. */
export async function startInFlight(
	t: TestContext,
	...args: string[]
): Promise<InFlight> {
	const backend = await startBackend(t);
	const daemon = await startDaemon(t, { sessions: { abc: backend }, args });
	const client = await connect(t, daemon.port);
	client.send(request("GET /"));
	const container = await backend.connection(0);
	await container.until("\r\n\r\n");
	return { daemon, client, container };
}
