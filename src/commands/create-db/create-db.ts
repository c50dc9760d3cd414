import { resolve } from "node:path";
import { Command } from "commander";
import {
	refuseUrl,
	type Surroundings,
	UsageError,
} from "../../config/config.js";
import { readDatabase } from "../../config/database.js";
import {
	type Database,
	isDatabaseUrl,
	withoutSecrets,
} from "../../database.js";
import { VERSION } from "../../package.js";
import { NotWritten } from "../../session-map/map-edit.js";
import { makeToolsTable } from "../../session-map/tables.js";
import { Unreadable } from "../../session-map/unreadable.js";
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
	{ env, cwd }: Surroundings,
): Promise<number> {
	const program = new Command(NAME)
		.description(
			"Makes the session map of Galaxy's Interactive Tools: the table gxitproxy in a\nSQLite file or in a database of PostgreSQL. A table that exists stays as it is.",
		)
		.exitOverride()
		.configureOutput({
			outputError: (text, write) =>
				write(withoutPasswords(text, args).replace(/^error: /, `${NAME}: `)),
		})
		.helpOption("-h, --help", "output usage information")
		.version(VERSION, "-V, --version", "output the version number")
		.requiredOption(
			"--sessions <file>",
			"The map's path, ending in .sqlite, or postgresql://HOST/DATABASE",
		)
		.option("--verbose", "Print what was done")
		.allowExcessArguments(false)
		.parse(args, { from: "user" });
	const { sessions, verbose } = program.opts<{
		sessions: string;
		verbose?: true;
	}>();
	try {
		if (isDatabaseUrl(sessions)) {
			const database = readDatabase(sessions, env, ORIGIN);
			return await makeInDatabase(database, verbose === true);
		}
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
		if (verbose) print(outcome(path, !wasThere));
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

/** Commander's messages repeat arguments. */
function withoutPasswords(text: string, args: readonly string[]): string {
	return args.reduce(
		(shown, arg) => shown.replaceAll(arg || "\0", () => withoutSecrets(arg)),
		text,
	);
}

async function makeInDatabase(
	database: Database,
	isVerbose: boolean,
): Promise<number> {
	const { connectOnce, end } = await import(
		"../../session-map/postgres/connect.js"
	);
	const { makeDatabaseTable } = await import(
		"../../session-map/postgres/database-edit.js"
	);
	try {
		const client = await connectOnce(database, { statementMs: STATEMENT_MS });
		const onWait = (held: string): void =>
			printError(`waiting for another program that has locked ${held}`, NAME);
		try {
			const isNew = await makeDatabaseTable({ client, onWait });
			if (isVerbose) print(outcome(database.shown, isNew));
			return 0;
		} finally {
			await end(client);
		}
	} catch (error) {
		if (!(error instanceof Unreadable || error instanceof NotWritten))
			throw error;
		printError(error.message, NAME);
		return 1;
	}
}

/** Milliseconds. */
const STATEMENT_MS = 30_000;

function outcome(place: string, isNew: boolean): string {
	return `${place}: ${isNew ? "the table is made" : "the table exists"}`;
}
