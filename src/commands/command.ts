import type { Command } from "commander";
import type { Given, Surroundings } from "../config/config.js";

/** What was typed and set, for a command to read its own part of. */
export interface Line {
	/** The program's flags; they may stand before or behind the command's name. */
	readonly flags: Given;
	readonly surroundings: Surroundings;
}

/**
 * Does what the line says and resolves with the exit code: 0 well, 1 found wrong, 2 usage.
 * @throws {UsageError} for a value that is not allowed
 */
export type Work = (line: Line) => Promise<number>;

/**
 * Adds one command to the program. `choose` is called by its action and only keeps the work, which is done when the whole
 * line was read. What the work needs is imported by the work, so that serving does not load it.
 */
export type AddCommand = (
	program: Command,
	choose: (work: Work) => void,
) => void;
