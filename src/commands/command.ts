import type { Command } from "commander";
import { checked, type Given, type Surroundings } from "../config/config.js";
import type { Kind } from "../config/flag-values.js";

/** The command line and the environment, from which a command reads its settings. */
export interface Line {
	/** The program's flags, which may come before or after the command's name. */
	readonly flags: Given;
	readonly surroundings: Surroundings;
}

/**
 * Runs a command and resolves with the exit code: 0 for success, 1 for a problem that it found.
 * @throws {UsageError} for a value that is not allowed
 */
export type Work = (line: Line) => Promise<number>;

/**
 * Declares one command. Its action passes its work to `choose`, which runs it when all arguments have been parsed. The work
 * imports its own modules, so that neither the daemon nor --help loads them.
 */
export type AddCommand = (
	program: Command,
	choose: (work: Work) => void,
) => void;

export function print(text: string): void {
	process.stdout.write(`${text}\n`);
}

export function printError(message: string, program = "galaxy-proxy"): void {
	process.stderr.write(`${program}: ${message}\n`);
}

/** At most so many of the texts, and how many more there are. */
export function firstOf(texts: readonly string[], most: number): string {
	const more = texts.length - most;
	const first = texts.slice(0, most).join(", ");
	return more > 0 ? `${first} and ${more} more` : first;
}

/** The value of a command's own option. @throws {UsageError} */
export function checkedOption<T>(kind: Kind<T>, name: string, text: string): T {
	return checked(kind, { text, origin: { source: "flag", name } }).value;
}
