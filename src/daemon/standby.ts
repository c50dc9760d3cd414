import { setImmediate } from "node:timers/promises";
import type { Config } from "../config/config.js";
import { type ListeningAt, UNIX } from "../listening/listen.js";
import type { Log } from "../log/log.js";

/**
 * Waits until the standby has the address, after the daemon that has it now has ended.
 * @returns undefined if this daemon's own end came first
 * @throws {StartError} if the address belongs to a program that it does not stand by for
 */
export async function takeOver(
	listening: Promise<readonly ListeningAt[]>,
	end: Promise<unknown>,
	{ ip, port }: Config,
	log: Log,
): Promise<readonly ListeningAt[] | undefined> {
	const at = ip.startsWith(UNIX) ? ip.slice(UNIX.length) : port;
	const first = await Promise.race([listening, setImmediate(undefined)]);
	if (first !== undefined) return first;
	const { findHolders } = await import("../listening/port-holder.js");
	const [holder] = await findHolders(at);
	log.info(
		{ address: ip, port, holder: holder?.pid },
		"standing by: the address is in use; if its holder is a galaxy-proxy on the same session map, this one takes over when it ends",
	);
	return await Promise.race([listening, end.then(() => undefined)]);
}
