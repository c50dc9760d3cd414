import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { ExchangeRecord } from "../../src/exchange-record.js";
import { openPages } from "../../src/pages/pages.js";
import type { ProxyOptions } from "../../src/proxy/context.js";
import { Listeners } from "../../src/proxy/listeners.js";
import { ReverseProxy } from "../../src/proxy/proxy.js";
import {
	type Find,
	type Route,
	type Target,
	UNKNOWN,
} from "../../src/route.js";
import { connect, type RawClient } from "./client.js";
import {
	type Answer,
	type Answering,
	type Backend,
	type BackendConnection,
	startAnswering,
	startBackend,
} from "./container.js";
import { type Daemon, type DaemonOptions, startDaemon } from "./daemon.js";
import type { RawResponse } from "./message.js";
import { startProxyWorkers } from "./proxy-workers.js";
import { Changes } from "./wait.js";
import { WORKERS } from "./workers.js";

/** The daemon's options without flags, except port and map. */
export const DEFAULTS: ProxyOptions = {
	mode: "gie",
	proxyPathPrefix: "",
	cookie: "galaxysession",
	reverseProxy: false,
	forwardSessionCookie: false,
	xForward: true,
	proxyPrefix: "",
	ownPath: "",
	trustProxy: ["loopback"],
	cors: "same-host",
	keepAlive: "auto",
	allowTarget: "any",
	connectTimeoutMs: 5_000,
	headTimeoutMs: 30_000,
	bodyTimeoutMs: 120_000,
	idleTimeoutMs: 125_000,
	responseTimeoutMs: 0,
	drainTimeoutMs: 8_000,
	maxClients: 1_000,
};

export interface StartOptions extends Partial<ProxyOptions> {
	/** Stands in for the sessions given. */
	find?: Find;
	/** The test provokes an internal fault itself. */
	mayFault?: boolean;
	/** Where to listen; 127.0.0.1. */
	host?: string;
	/** A folder with pages of the admin's own. */
	errorPages?: string;
}

/** The record of an exchange, its termination in letters as in the log. */
export type LoggedExchange = Omit<ExchangeRecord, "termination"> & {
	readonly termination: string;
};

/** A proxy in the test's own process, or, with TEST_WORKERS, a daemon with workers. */
export interface RunningProxy {
	readonly port: number;
	readonly proxy: ReverseProxy;
	/** The session map's routes, by session key. */
	readonly routes: Map<string, Route>;
	/** The exchanges that ended, in order. */
	readonly exchanges: readonly LoggedExchange[];
	/** Waits for the n-th exchange to end, counted from 0. */
	exchange(index: number): Promise<LoggedExchange>;
}

/**
 * Starts a proxy on a free port; `sessions` is its session map. After the test it is stopped, and the test fails if there
 * was an internal fault.
 */
export async function startProxy(
	t: TestContext,
	sessions: Record<string, Target>,
	options: StartOptions = {},
): Promise<RunningProxy> {
	const { find, host, errorPages, mayFault = false, ...flags } = options;
	const given = Object.entries(sessions).map(
		([key, { host, port }]): [string, Route] => [
			key,
			{ kind: "target", target: { host, port } },
		],
	);
	if (WORKERS > 0) return await startProxyWorkers(t, given, options);
	const routes = new Map(given);
	const exchanges: LoggedExchange[] = [];
	const faults: unknown[] = [];
	const ended = new Changes();
	const listeners = new Listeners((error) => faults.push(error));
	const proxy = new ReverseProxy(
		{ ...DEFAULTS, ...flags },
		{
			find: find ?? ((key) => routes.get(key) ?? UNKNOWN),
			page: openPages(errorPages).find,
			mayHaveChanged: (placed) => placed.map(([key]) => key),
			observe: (record) => {
				const termination = record.termination.letters;
				exchanges.push({ ...record, termination });
				ended.notify();
			},
			internalFault: (error) => faults.push(error),
		},
		listeners,
	);
	t.after(() => {
		proxy.stop();
		if (!mayFault) assert.deepEqual(faults, []);
	});
	const [own] = await listeners.listen(host ?? "127.0.0.1", 0);
	return {
		port: own?.port ?? 0,
		proxy,
		routes,
		exchanges,
		exchange: (index) =>
			ended.wait(
				`exchange ${index}`,
				() => exchanges[index],
				() => JSON.stringify(exchanges),
			),
	};
}

/** Starts a proxy and a client of it; the arguments are those of startProxy. */
export async function startClient(
	t: TestContext,
	sessions: Record<string, Target>,
	options: StartOptions = {},
): Promise<{ proxy: RunningProxy; client: RawClient }> {
	const proxy = await startProxy(t, sessions, options);
	return { proxy, client: await connect(t, proxy.port) };
}

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
	return { container, ...(await startClient(t, { abc: container }, flags)) };
}

/** Starts a chain and sends `text`. Resolves with the first `heads` responses, interim ones included. */
export async function responsesTo(
	t: TestContext,
	text: string,
	answer: string,
	heads: number,
): Promise<Chain & { responses: RawResponse[] }> {
	const chain = await startChain(t, { answer });
	chain.client.send(text);
	const responses: RawResponse[] = [];
	while (responses.length < heads)
		responses.push(await chain.client.response());
	return { ...chain, responses };
}

/** A chain with a raw container that follows the script. */
export async function startRawChain(
	t: TestContext,
	script?: (connection: BackendConnection) => unknown,
	flags: StartOptions = {},
): Promise<Omit<Chain, "container"> & { container: Backend }> {
	const container = await startBackend(t, script);
	return { container, ...(await startClient(t, { abc: container }, flags)) };
}

/** A chain with a daemon in place of the proxy. */
export async function startDaemonChain(
	t: TestContext,
	{ answer, ...options }: DaemonOptions & { answer?: string | Answer } = {},
): Promise<Omit<Chain, "proxy"> & { daemon: Daemon }> {
	const container = await startAnswering(t, answer);
	const sessions = { abc: container, ...options.sessions };
	const daemon = await startDaemon(t, { ...options, sessions });
	return { client: await connect(t, daemon.port), daemon, container };
}
