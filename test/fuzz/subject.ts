import { openPages } from "../../src/pages/pages.js";
import type { ProxyOptions } from "../../src/proxy/context.js";
import { Listeners } from "../../src/proxy/listeners.js";
import { ReverseProxy } from "../../src/proxy/proxy.js";
import { type Target, UNKNOWN } from "../../src/route.js";
import { DEFAULTS } from "../support/proxy.js";
import { startProxyWorkers } from "../support/proxy-workers.js";
import { WORKERS } from "../support/workers.js";

/** A proxy in this process, or with TEST_WORKERS a daemon with workers, whose exchanges are not recorded: it lives for millions of them. */
export interface Subject {
	readonly port: number;
	readonly sessions: { set(key: string, target: Target): unknown };
	/** Throws inside the proxy since the last call. */
	takeFaults(): string[];
	stop(): void;
}

/** None: a suspended process must not look like a slow peer. The fuzzer notices a client that waits too long. */
const TIMEOUTS = {
	connectTimeoutMs: 0,
	headTimeoutMs: 0,
	bodyTimeoutMs: 0,
	idleTimeoutMs: 0,
};

export async function startSubject(
	options: Partial<ProxyOptions>,
): Promise<Subject> {
	if (WORKERS > 0) return await startWorkers(options);
	const sessions = new Map<string, Target>();
	const faults: string[] = [];
	const note = (error: unknown): void => {
		faults.push(
			`internal fault: ${error instanceof Error ? error.stack : error}`,
		);
	};
	const listeners = new Listeners(note);
	const proxy = new ReverseProxy(
		{ ...DEFAULTS, ...TIMEOUTS, ...options },
		{
			find: (key) => {
				const target = sessions.get(key);
				return target === undefined ? UNKNOWN : { kind: "target", target };
			},
			page: openPages(undefined).find,
			mayHaveChanged: (placed) => placed.map(([key]) => key),
			observe: ({ termination }) => {
				if (termination.by === "defect")
					faults.push(`ended ${termination.letters}`);
			},
			internalFault: note,
		},
		listeners,
	);
	const [own] = await listeners.listen("127.0.0.1", 0);
	return {
		port: own?.port ?? 0,
		sessions,
		takeFaults: () => faults.splice(0),
		stop: () => proxy.stop(),
	};
}

async function startWorkers(options: Partial<ProxyOptions>): Promise<Subject> {
	// stop() ends the daemon; its folder is removed at the end of the process.
	const scope = { after: () => undefined };
	const all = { ...TIMEOUTS, ...options };
	const { daemon, port, routes } = await startProxyWorkers(scope, [], all);
	return {
		port,
		sessions: {
			set: (key, target) => routes.set(key, { kind: "target", target }),
		},
		takeFaults: () =>
			daemon.lines
				.splice(0)
				.filter(
					({ msg, termination }) =>
						msg === "internal fault" || `${termination}`.startsWith("I"),
				)
				.map((line) => JSON.stringify(line)),
		stop: () => void daemon.stop("SIGKILL"),
	};
}
