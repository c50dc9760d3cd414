import type { TestContext } from "node:test";
import {
	connect,
	head,
	type RawClient,
	upgrade,
} from "../../support/client.js";
import {
	type BackendConnection,
	startBackend,
} from "../../support/container.js";
import {
	type RunningProxy,
	type StartOptions,
	startProxy,
} from "../../support/proxy.js";

export const SWITCHED = head(
	"HTTP/1.1 101 Switching Protocols",
	"Connection: Upgrade",
	"Upgrade: websocket",
);

/** Both ends of a tunnel; neither answers a FIN with its own. */
export interface OpenTunnel {
	readonly client: RawClient;
	readonly container: BackendConnection;
}

/** Opens a tunnel of session abc through a proxy in this process. */
export async function openTunnel(
	t: TestContext,
	options: StartOptions = {},
): Promise<OpenTunnel & { proxy: RunningProxy }> {
	const backend = await startBackend(t, switchProtocols, { halfOpen: true });
	const proxy = await startProxy(t, { abc: backend }, options);
	const client = await openThrough(t, proxy.port);
	return { proxy, client, container: await backend.connection(0) };
}

/** A container's script: agrees to an upgrade and leaves the rest to the test. */
export async function switchProtocols(
	connection: BackendConnection,
): Promise<void> {
	await connection.request();
	connection.send(SWITCHED);
}

/** A client whose upgrade was agreed to; it does not answer a FIN with its own. */
export async function openThrough(
	t: TestContext,
	port: number,
	session = "abc",
): Promise<RawClient> {
	const client = await connect(t, port, { halfOpen: true });
	client.send(upgrade().replace("=abc", `=${session}`));
	const { status } = await client.response();
	if (status !== 101) throw new Error(`upgrade answered ${status}`);
	return client;
}
