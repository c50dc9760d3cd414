import type { Client } from "pg";
import type { MapConfig } from "../../config/config.js";
import type { Database } from "../../database.js";
import type { Mode } from "../../mode.js";
import { NotWritten } from "../../session-map/map-edit.js";
import { type Entry, entriesOf } from "../../session-map/map-list.js";

/** Milliseconds for a statement: to count a million rows takes a second, and nobody wants to wait longer for a lock. */
const STATEMENT_MS = 10_000;

export function modeOf({ mode }: Pick<MapConfig, "mode">): Mode {
	return mode === "gxit" ? "gxit" : "gie";
}

/** All sessions of the map, a file or a database, in batches. @throws Unreadable, NoDriver */
export async function* mapEntries(
	config: MapConfig,
): AsyncGenerator<readonly Entry[]> {
	const { sessions, sameAddress, database } = config;
	const oneOwner = sameAddress === "newest";
	if (database === undefined) {
		yield* entriesOf(sessions, oneOwner, modeOf(config));
		return;
	}
	const { databaseEntries } = await import(
		"../../session-map/postgres/database-list.js"
	);
	const { connectOnce, end } = await import(
		"../../session-map/postgres/connect.js"
	);
	const client = await connectOnce(database, {
		allowStandby: config.mapAllowStandby,
		statementMs: STATEMENT_MS,
	});
	try {
		yield* databaseEntries(client, oneOwner);
	} catch (error) {
		throw await inWords(database, error);
	} finally {
		await end(client);
	}
}

/** Runs `work` with a connection. @throws Unreadable, NotWritten */
export async function withDatabase<T>(
	database: Database,
	work: (client: Client) => Promise<T>,
	{ allowStandby = false, statementMs = STATEMENT_MS } = {},
): Promise<T> {
	const { connectOnce, end } = await import(
		"../../session-map/postgres/connect.js"
	);
	const client = await connectOnce(database, { allowStandby, statementMs });
	try {
		return await work(client);
	} catch (error) {
		throw await inWords(database, error);
	} finally {
		await end(client);
	}
}

/** Explains errors of the server and its connection. A refusal with its own text stays as it is, and so does a defect of ours. */
async function inWords(database: Database, error: unknown): Promise<unknown> {
	if (error instanceof NotWritten || error instanceof TypeError) return error;
	const { unreadableDatabase } = await import(
		"../../session-map/postgres/unreadable-database.js"
	);
	return unreadableDatabase(database, error);
}
