import { existsSync, readFileSync } from "node:fs";

/** Descriptors for listeners, map, log and Node itself, which clients and containers do not get. */
const OWN_DESCRIPTORS = 64;
/** Exists on Linux only. */
const LIMITS = "/proc/self/limits";
/** Assumed if the limit cannot be read, or is unlimited. */
const USUAL_OPEN_FILES = 4096;

/** Clients that the open file limit allows: each takes two descriptors, its own and its container's. */
export function clientsThatFit(limit = openFileLimit()): number {
	return Math.max(1, Math.floor((limit - OWN_DESCRIPTORS) / 2));
}

function openFileLimit(): number {
	if (!existsSync(LIMITS)) return USUAL_OPEN_FILES;
	const limits = readFileSync(LIMITS, "latin1");
	// The soft limit comes first. Node has raised it to the hard one at its start.
	const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
	return soft === undefined ? USUAL_OPEN_FILES : Number(soft);
}
