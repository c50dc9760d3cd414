import { setTimeout as pause } from "node:timers/promises";
import { SESSION_KEY_BYTES } from "../limits.js";
import { sessionLabel } from "../log/session-label.js";
import type { Mode } from "../mode.js";
import { type Route, toolSession, UNKNOWN } from "../route.js";
import { contestedIn, JsonFile } from "./json-file.js";
import {
	type OwnerScan,
	ownerScan,
	ScannedOwners,
} from "./owners/owner-rows.js";
import { isNobodys } from "./route-finder.js";
import {
	addressOf,
	type Columns,
	type OpenTable,
	ownRow,
	routeOfAddress,
	SqliteReader,
	type Table,
} from "./row.js";
import { loadDriver, type Row } from "./sqlite-driver.js";
import type { Database, SqliteFile } from "./sqlite-file.js";
import { sessionOf, tableOf } from "./tool-row.js";
import { Unreadable } from "./unreadable.js";

export interface Entry {
	/** Secret: it gives access to the user's container. */
	readonly key: string;
	readonly route: Route;
	/** If the route has ended or is contested: the other sessions at its address, as the log shows them. */
	readonly rivals?: readonly string[];
	/** Of gxproxy2, as read: host, port and ids are text or null. */
	readonly row?: Row;
}

/** A summary of a map, with its newest rows. */
export interface Listing {
	readonly form: "gxproxy2" | "gxitproxy" | "gxproxy" | "JSON";
	readonly isWal: boolean;
	/** Of the whole map. */
	readonly count: number;
	/** The newest first, at most the number asked for. */
	readonly rows: readonly Entry[];
}

/** Attempts to read while a writer is in the way, two seconds in all. They are counted, because a clock would continue
 * while this process is stopped. */
const ATTEMPTS = 200;
const RETRY_MS = 10;
/** Entries per batch of a map that is read as a whole. */
const BATCH = 500;

/**
 * All sessions that have a row and that a request can name, in batches. A gxproxy2 is read in pages by key, without a
 * lock between two pages: each session is returned once, however much is written meanwhile, and a million take no memory.
 * gxproxy and JSON are read as a whole.
 * @param path absolute
 * @param oneOwner whether only the latest of the rows with one address is served
 * @throws Unreadable, NoDriver
 */
export async function* entriesOf(
	path: string,
	oneOwner: boolean,
	mode: Mode = "gie",
): AsyncGenerator<readonly Entry[]> {
	const batches = path.endsWith(".sqlite")
		? sqliteEntries(path, oneOwner, mode)
		: entriesIn(await readJson(path, oneOwner, mode));
	for await (const entries of batches)
		yield entries.filter(({ key }) => !isNobodys(key));
}

/**
 * The map's newest rows and its size. For commands, not for the daemon.
 * @param oneOwner as in entriesOf()
 * @throws Unreadable, NoDriver
 */
export async function listRows(
	path: string,
	most: number,
	oneOwner = true,
	mode: Mode = "gie",
): Promise<Listing> {
	if (path.endsWith(".sqlite")) {
		const reader = await openReader(path, oneOwner, mode);
		return listSqlite(reader, most);
	}
	const routes = await readJson(path, oneOwner, mode);
	return { form: "JSON", isWal: false, ...newestOf(routes, most) };
}

/** Reads a whole table for the owners of its addresses. @throws Unreadable */
export async function scanOf(
	file: SqliteFile,
	table: Table,
): Promise<OwnerScan> {
	const scan = ownerScan(file, table);
	while (await whenReadable(() => scan.step()));
	return scan;
}

/** Repeats the read while a writer is in the way. @throws Unreadable */
async function whenReadable<T>(read: () => T): Promise<T> {
	for (let left = ATTEMPTS; ; left--) {
		try {
			return read();
		} catch (error) {
			const isPassing = error instanceof Unreadable && error.isPassing;
			if (!isPassing || left === 0) throw error;
		}
		await pause(RETRY_MS);
	}
}

// ---- maps that are read as a whole: JSON and gxproxy

async function readJson(
	path: string,
	oneOwner: boolean,
	mode: Mode,
): Promise<ReadonlyMap<string, Route>> {
	const file = new JsonFile(path, oneOwner, mode);
	await whenReadable(() => file.refresh());
	return file.routes;
}

function* entriesIn(
	routes: ReadonlyMap<string, Route>,
): Generator<readonly Entry[]> {
	const contested = contestedIn(routes);
	const all = [...routes];
	for (let at = 0; at < all.length; at += BATCH)
		yield all.slice(at, at + BATCH).map(([key, route]) => {
			if (route.kind !== "contested") return { key, route };
			const labels = contested.get(addressOf(route.target)) ?? [];
			const own = sessionLabel(key);
			return { key, route, rivals: labels.filter((label) => label !== own) };
		});
}

function newestOf(routes: ReadonlyMap<string, Route>, most: number) {
	const newest = [...routes].reverse().slice(0, most);
	const rows = newest.map(([key, route]) => ({ key, route }));
	return { count: routes.size, rows };
}

function oldRoutes(reader: SqliteReader): ReadonlyMap<string, Route> {
	const addresses = [...reader.addresses()];
	return new Map(addresses.map(([key, at]) => [key, routeOfAddress(at)]));
}

// ---- tables with a row per session

/** The caller closes the reader. @throws Unreadable, NoDriver */
async function openReader(
	path: string,
	oneOwner: boolean,
	mode: Mode,
): Promise<SqliteReader> {
	const owners = oneOwner ? new ScannedOwners() : undefined;
	const table = tableOf(mode);
	const reader = new SqliteReader(path, await loadDriver(), table, owners);
	try {
		await whenReadable(() => reader.check());
		if (reader.hasRows) owners?.learn(await scanOf(reader.file, table));
		return reader;
	} catch (error) {
		reader.close();
		throw error;
	}
}

async function* sqliteEntries(
	path: string,
	oneOwner: boolean,
	mode: Mode,
): AsyncGenerator<readonly Entry[]> {
	const reader = await openReader(path, oneOwner, mode);
	try {
		if (!reader.hasRows)
			yield* entriesIn(await whenReadable(() => oldRoutes(reader)));
		let last: unknown = reader.hasRows ? START : undefined;
		while (last !== undefined) {
			const page = await whenReadable(() => pageAfter(last, reader));
			yield page;
			last = page.at(-1)?.row?.place;
		}
	} finally {
		reader.close();
	}
}

/** Rows per transaction: a millisecond or two, so that writers are not held up. */
const PAGE_ROWS = 500;
/**
 * Leaves out keys that no request can name. A page begins after the bytes of the last key, because a key that is not
 * UTF-8 would be a different one once the program has decoded it. `place` is what the next page begins after.
 */
const PAGES: Readonly<Record<Mode, (columns: Columns) => string>> = {
	gie: ({ all }) =>
		`SELECT found.key AS key, CAST(found.key AS BLOB) AS place,${ownRow("gxproxy2", all)}` +
		" WHERE found.key > CAST(? AS TEXT) AND typeof(found.key) = 'text'" +
		` AND length(found.key) <= ${SESSION_KEY_BYTES} AND instr(found.key, char(0)) = 0` +
		` ORDER BY found.key LIMIT ${PAGE_ROWS}`,
	// Several rows may have one key.
	gxit: ({ key, all }) =>
		`SELECT${key},${ENTRY_POINT}, CAST(own.rowid AS TEXT) AS place, 1 AS own,${all} FROM gxitproxy AS own` +
		` WHERE own.rowid > CAST(? AS INTEGER) ORDER BY own.rowid LIMIT ${PAGE_ROWS}`,
};
/** The key of a tool's row, which may lack a token. */
const ENTRY_POINT =
	" CASE WHEN typeof(own.key) = 'text' AND length(own.key) <= 300 AND instr(own.key, char(0)) = 0 THEN own.key ELSE '?' END AS entryPoint";
/** Before the first page: a NUL, because some drivers turn an empty blob into NULL. */
const START = Uint8Array.of(0);

/** Some sessions, ordered by key. @throws Unreadable */
function pageAfter(after: unknown, reader: SqliteReader): readonly Entry[] {
	const read = (table: OpenTable) => {
		const { database, columns } = table;
		const page = database.statement(PAGES[columns.table.mode](columns));
		const rows = page.all(after as Uint8Array | string);
		return entriesOfRows(rows, table, reader);
	};
	return reader.readTable(read) ?? [];
}

function entriesOfRows(
	rows: readonly Row[],
	table: OpenTable,
	reader: SqliteReader,
): Entry[] {
	return rows.map((row) => {
		if (row.key === null && row.entryPoint !== undefined)
			return { key: toolSession(String(row.entryPoint), ""), route: UNKNOWN };
		const key = nameIn(row, table.columns.table);
		const route = reader.judged(row, table) ?? UNKNOWN;
		if (route.kind !== "ended") return { key, route, row };
		// The session that has taken over the address.
		const rowid = reader.owners?.leaderAt(addressOf(route.target)) ?? null;
		const rival = table.database.statement(keyOf(table)).get(rowid)?.key;
		const rivals =
			typeof rival === "string"
				? [sessionLabel(nameIn({ key: rival }, table.columns.table))]
				: [];
		return { key, route, rivals, row };
	});
}

/** The session key that names the row in a request. */
function nameIn({ key }: Row, { mode }: Table): string {
	return mode === "gxit" ? sessionOf(String(key)) : String(key);
}

/** Finds a row's session key. */
function keyOf({ columns: { key, table } }: OpenTable): string {
	return `SELECT${key} FROM ${table.name} AS own WHERE own.rowid = ?`;
}

async function listSqlite(
	reader: SqliteReader,
	most: number,
): Promise<Listing> {
	const newest = (table: OpenTable): Listing => {
		const { database, columns } = table;
		const { name } = columns.table;
		const count = database.statement(`SELECT count(*) AS n FROM ${name}`);
		const found = database.statement(newestRows(columns)).all(most);
		const rows = entriesOfRows(found, table, reader);
		const n = Number(count.get()?.n);
		return { form: name, isWal: isWal(database), count: n, rows };
	};
	const read = (): Listing =>
		reader.readTable(newest) ?? {
			form: "gxproxy",
			isWal: reader.file.read(isWal),
			...newestOf(oldRoutes(reader), most),
		};
	try {
		return await whenReadable(read);
	} finally {
		reader.close();
	}
}

/** Only rows that a session can name, as the daemon reads them. */
const newestRows = ({ table, key, all }: Columns) =>
	`SELECT * FROM (SELECT${key}, 1 AS own,${all} FROM ${table.name} AS own ORDER BY own.rowid DESC)` +
	" WHERE key IS NOT NULL LIMIT ?";

function isWal(database: Database): boolean {
	const mode = database.statement("PRAGMA journal_mode").get();
	return mode?.journal_mode === "wal";
}
