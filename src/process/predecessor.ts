import { setTimeout } from "node:timers/promises";
import type { Config } from "../config/config.js";

/** Milliseconds that a predecessor may take to end: as long as supervisors wait for it. */
const PATIENCE_MS = 10_000;
const AGAIN_MS = 100;

/**
 * Opens a listener. While its address belongs to the daemon before this one, it tries again for ten seconds: a supervisor that
 * knows npx alone starts the next daemon while the previous one still ends. Only for Interactive Tools: of environments'
 * proxies, several Galaxy processes start one each, and all but the first must say so at once.
 * @param at the port, or the path of a unix socket
 * @param signal of this daemon's own end: then it does not wait any longer
 * @throws as `open` does
 */
export async function openAfterPredecessor<T>(
	open: () => Promise<T>,
	at: number | string,
	config: Pick<Config, "mode" | "sessions">,
	signal: AbortSignal,
): Promise<T> {
	const until = performance.now() + PATIENCE_MS;
	let isPredecessor: boolean | undefined;
	for (;;) {
		try {
			return await open();
		} catch (error) {
			if (config.mode !== "gxit" || !isInUse(error)) throw error;
			isPredecessor ??= await isHeldByPredecessor(at, config.sessions);
			if (!isPredecessor || signal.aborted || performance.now() > until)
				throw error;
		}
		await setTimeout(AGAIN_MS, undefined, { signal }).catch(() => undefined);
	}
}

function isInUse(error: unknown): boolean {
	const { code, cause } = error as NodeJS.ErrnoException;
	return code === "EADDRINUSE" || (cause !== undefined && isInUse(cause));
}

/** Whether a proxy with the same session map, given on its command line or not, holds the address, or has just left it. */
async function isHeldByPredecessor(
	at: number | string,
	sessions: string | undefined,
): Promise<boolean> {
	const { findHolders, isHeld } = await import("../listening/port-holder.js");
	const holders = await findHolders(at);
	if (holders.length === 0) return !(await isHeld(at));
	return holders.some(
		(holder) => holder.isProxy && (holder.sessions ?? sessions) === sessions,
	);
}
