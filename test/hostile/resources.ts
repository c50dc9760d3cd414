import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Daemon } from "../support/daemon.js";
import type { Holdings } from "./self-report.js";

export interface Resources extends Holdings {
	/** Open file descriptors; 0 where the system does not tell. */
	readonly descriptors: number;
}

/** Longest wait for connections that a timeout ends. */
const REST_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/** The environment of a daemon that reports its resources. */
export function selfReporting(): NodeJS.ProcessEnv {
	const report = new URL("self-report.js", import.meta.url);
	return { NODE_OPTIONS: `--import=${report}` };
}

/** Asks a daemon that was started with selfReporting(). */
export async function resourcesOf(daemon: Daemon): Promise<Resources> {
	const said = daemon.stderr.length;
	const signal = AbortSignal.timeout(REST_MS);
	daemon.child.kill("SIGWINCH");
	while (!daemon.stderr.slice(said).endsWith("}\n"))
		await once(daemon.child.stderr, "data", { signal });
	const folder = `/proc/${daemon.pid}/fd`;
	const descriptors = existsSync(folder) ? readdirSync(folder).length : 0;
	return { ...JSON.parse(daemon.stderr.slice(said)), descriptors };
}

/** A connection, or a pending request to the system: FSReqPromise, CloseReq (of a file), GetAddrInfoReqWrap. */
const PASSING = /^TCPSocketWrap$|Req/;

/** Waits until the daemon has no connection and no pending request to the system, at most REST_MS. */
export async function resourcesAtRest(
	daemon: Daemon,
	isSo: (resources: Resources) => boolean = () => true,
): Promise<Resources> {
	const until = performance.now() + REST_MS;
	for (;;) {
		const resources = await resourcesOf(daemon);
		const busy = Object.keys(resources.active).some((name) =>
			PASSING.test(name),
		);
		if ((!busy && isSo(resources)) || performance.now() > until)
			return resources;
		await pause(LOOK_AGAIN_MS);
	}
}
