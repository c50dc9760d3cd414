import { setTimeout } from "node:timers/promises";
import type { Config } from "../config/config.js";

/** Milliseconds that a predecessor may take to end: as long as supervisors wait for it. */
const PATIENCE_MS = 10_000;
const AGAIN_MS = 100;
/** Milliseconds after which a standby looks again at the process that has the address. */
const HOLDER_MS = 10_000;
/** Looks that find an unknown holder: another daemon may take the address during one, but hardly during each of them. */
const LOOKS = 3;

/** The settings that decide how long a taken address is waited for. */
type WaitSettings = Pick<Config, "mode" | "sessions" | "standby">;

/**
 * Opens a listener. While its address belongs to the daemon before this one, it tries again for ten seconds: a supervisor that
 * knows npx alone starts the next daemon while the previous one still ends. Only for Interactive Tools: of environments'
 * proxies, several Galaxy processes start one each, and all but the first must say so at once, unless they are standbys: those
 * wait without limit, and so take the address over within AGAIN_MS.
 * @param at the port, or the path of a unix socket
 * @param signal of this daemon's own end: then it does not wait any longer
 * @throws as `open` does
 */
export async function openAfterPredecessor<T>(
	open: () => Promise<T>,
	at: number | string,
	config: WaitSettings,
	signal: AbortSignal,
): Promise<T> {
	const { mode, sessions, standby } = config;
	const until = standby
		? Number.POSITIVE_INFINITY
		: performance.now() + PATIENCE_MS;
	const holder = new Holder(at, sessions);
	let isPredecessor = false;
	let lookAt = Number.NEGATIVE_INFINITY;
	for (;;) {
		try {
			return await open();
		} catch (error) {
			if (!isInUse(error) || (mode !== "gxit" && !standby)) throw error;
			const now = performance.now();
			if (now >= lookAt) {
				isPredecessor = await holder.isPredecessor();
				lookAt = standby ? now + HOLDER_MS : until;
			}
			if (!isPredecessor || signal.aborted || now > until) throw error;
		}
		await setTimeout(AGAIN_MS, undefined, { signal }).catch(() => undefined);
	}
}

function isInUse(error: unknown): boolean {
	const { code, cause } = error as NodeJS.ErrnoException;
	return code === "EADDRINUSE" || (cause !== undefined && isInUse(cause));
}

/** Whether a proxy with the same session map holds an address. It looks at all processes only if the sockets have changed. */
class Holder {
	readonly #at: number | string;
	readonly #sessions: string | undefined;
	#sockets = "";
	#isPredecessor = false;

	constructor(at: number | string, sessions: string | undefined) {
		this.#at = at;
		this.#sessions = sessions;
	}

	/** Also true if the predecessor has just left the address. A proxy without --sessions on its command line counts as one. */
	async isPredecessor(): Promise<boolean> {
		const { findHolders, socketsAt } = await import(
			"../listening/port-holder.js"
		);
		for (let look = 0; look < LOOKS; look++) {
			const sockets = [...(await socketsAt(this.#at))].join();
			if (sockets === "") return true;
			if (sockets === this.#sockets) return this.#isPredecessor;
			const holders = await findHolders(this.#at);
			if (holders.length === 0) continue;
			this.#sockets = sockets;
			this.#isPredecessor = holders.some(
				({ isProxy, sessions = this.#sessions }) =>
					isProxy && sessions === this.#sessions,
			);
			return this.#isPredecessor;
		}
		return false;
	}
}
