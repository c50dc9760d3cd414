import { existsSync, readFileSync } from "node:fs";

/** Descriptors that are not clients' or containers': listeners, map, log, and what Node itself opens. */
const OWN_DESCRIPTORS = 64;
/** Linux alone has it. */
const LIMITS = "/proc/self/limits";
/** Where the limit cannot be read, or there is none: what a usual system allows. */
const USUAL_OPEN_FILES = 4096;

/** Clients that the open file limit carries: each takes two descriptors, its own and its container's. */
export function clientsThatFit(): number {
	return Math.max(1, Math.floor((openFileLimit() - OWN_DESCRIPTORS) / 2));
}

function openFileLimit(): number {
	if (!existsSync(LIMITS)) return USUAL_OPEN_FILES;
	const limits = readFileSync(LIMITS, "latin1");
	// Soft limit first. Node itself has raised it to the hard one at its start.
	const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
	return soft === undefined ? USUAL_OPEN_FILES : Number(soft);
}
