import type { TestContext } from "node:test";
import { type Answer, type Answering, startAnswering } from "./answering.js";
import {
	type Backend,
	type BackendConnection,
	startBackend,
} from "./backend.js";
import { type RunningProxy, type StartOptions, startProxy } from "./proxy.js";
import { connect, type RawClient } from "./raw-client.js";

/** A client, a proxy in this process, and the container of session abc. */
export interface Chain {
	readonly client: RawClient;
	readonly proxy: RunningProxy;
	readonly container: Answering;
}

/** Starts a chain; by default the container answers 200 "ok". */
export async function startChain(
	t: TestContext,
	{ answer, ...flags }: StartOptions & { answer?: string | Answer } = {},
): Promise<Chain> {
	const container = await startAnswering(t, answer);
	const proxy = await startProxy(t, { abc: container }, flags);
	return { client: await connect(t, proxy.port), proxy, container };
}

/** The same with a raw container that follows a script. */
export async function startRawChain(
	t: TestContext,
	script: (connection: BackendConnection) => unknown,
	flags: StartOptions = {},
): Promise<Omit<Chain, "container"> & { container: Backend }> {
	const container = await startBackend(t, script);
	const proxy = await startProxy(t, { abc: container }, flags);
	return { client: await connect(t, proxy.port), proxy, container };
}
