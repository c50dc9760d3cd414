import { resolve } from "node:path";
import { Command } from "commander";
import { refuseUrl, UsageError } from "../../config/config.js";
import { VERSION } from "../../package.js";
import { makeToolsTable } from "../../session-map/tables.js";
import { print, printError } from "../command.js";

const NAME = "gx-it-proxy-create-db";
const ORIGIN = { source: "flag", name: "--sessions" } as const;

/**
 * The program gx-it-proxy-create-db: makes the table of tools before Galaxy does at the first tool.
 * @returns the exit code
 * @throws {CommanderError} for help, version and wrong flags, after the text was written
 */
export async function createDb(
	args: readonly string[],
	cwd: string,
): Promise<number> {
	const program = new Command(NAME)
		.description(
			"Makes the session map of Galaxy's Interactive Tools: a SQLite file with the\ntable gxitproxy. A table that exists stays as it is.",
		)
		.exitOverride()
		.configureOutput({
			outputError: (text, write) =>
				write(text.replace(/^error: /, `${NAME}: `)),
		})
		.helpOption("-h, --help", "output usage information")
		.version(VERSION, "-V, --version", "output the version number")
		.requiredOption("--sessions <file>", "The map's path, ending in .sqlite")
		.option("--verbose", "Print what was done")
		.allowExcessArguments(false)
		.parse(args, { from: "user" });
	const { sessions, verbose } = program.opts<{
		sessions: string;
		verbose?: true;
	}>();
	try {
		refuseUrl(sessions, ORIGIN);
		if (!sessions.endsWith(".sqlite"))
			throw new UsageError(
				"--sessions: a SQLite map is recognized by its name: let it end in .sqlite",
			);
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		printError(error.message, NAME);
		return 2;
	}
	const path = resolve(cwd, sessions);
	try {
		const wasThere = await makeToolsTable(path);
		if (verbose)
			print(`${path}: ${wasThere ? "the table exists" : "the table is made"}`);
		return 0;
	} catch (error) {
		const { message } = error as Error;
		printError(
			`${path}: ${message}; check the folder, the file and the rights on them`,
			NAME,
		);
		return 1;
	}
}
