import type { Database } from "../../database.js";
import type { Check, Diagnosis } from "./check.js";
import {
	DATABASE_CHECKS,
	DATABASE_ROW_CHECKS,
	PASSWORD_CHECK,
	unreadable,
} from "./database-checks.js";
import {
	type DatabaseFacts,
	type DatabaseSubject,
	databaseFacts,
	tableFacts,
} from "./database-facts.js";
import type { DatabaseListing, Host } from "./host.js";

/** Checks without which the rows cannot be read. */
const REQUIRED = ["map", "map server", "map table", "map rights"];

/** Reads rows, to find what the checks of the table's definition cannot, such as a lock. */
const READABLE: Check<Host> = {
	name: "rows",
	async find({ rows }) {
		const failure = await rows().then(
			() => undefined,
			(error: unknown) => error,
		);
		return failure === undefined ? undefined : unreadable(failure);
	},
};

/** Runs the checks of a map in PostgreSQL. Returns whether it can be read. */
export async function checkDatabase(
	diagnosis: Diagnosis,
	host: Host,
	database: Database,
): Promise<boolean> {
	const { config } = host;
	let facts: Promise<DatabaseFacts> | undefined;
	let table: ReturnType<typeof tableFacts> | undefined;
	const factsOnce = (): Promise<DatabaseFacts> => {
		facts ??= databaseFacts(database);
		return facts;
	};
	const subject: DatabaseSubject = {
		config,
		database,
		facts: factsOnce,
		table() {
			table ??= factsOnce().then(tableFacts);
			return table;
		},
	};
	try {
		await diagnosis.run(DATABASE_CHECKS, subject);
		await diagnosis.run([PASSWORD_CHECK], host);
		// The checks above have reported why the table cannot be read.
		if (REQUIRED.some((name) => diagnosis.verdictOf(name) === "wrong"))
			return false;
		const found = await subject.table().catch(() => undefined);
		if (found === undefined) return false;
		await diagnosis.run([READABLE], host);
		const listing = await host.rows().catch(() => undefined);
		if (listing === undefined) return false;
		await diagnosis.run(DATABASE_ROW_CHECKS, {
			subject,
			listing: listing as DatabaseListing,
		});
		return true;
	} finally {
		// A server that is silent must not keep doctor waiting.
		await facts?.then(({ end }) => end()).catch(() => {});
	}
}
