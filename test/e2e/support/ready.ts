import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { hasEnded, type Place } from "./place.js";
import { until } from "./until.js";

/** Characters of a log that an error quotes. */
const QUOTED = 4_000;

/** Starts a program and waits until it is ready. Where it ends first, or never is, the error has the end of its log. */
export async function startReady(
	place: Place,
	name: string,
	command: readonly string[],
	isReady: () => boolean | Promise<boolean>,
): Promise<ChildProcess> {
	const program = place.start(name, command);
	const soFar = () => logOf(place, name);
	const look = (): boolean | Promise<boolean> => {
		if (hasEnded(program))
			throw new Error(`${name} ended at its start${soFar()}`);
		return isReady();
	};
	await until(`${name} to be ready`, look, { soFar });
	return program;
}

/** The end of <name>.log, for an error's text. */
export function logOf(place: Place, name: string): string {
	const log = readFileSync(place.file(`${name}.log`), "utf8");
	return `; its log ends with:\n${log.slice(-QUOTED)}`;
}
