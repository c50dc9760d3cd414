import { setTimeout as pause } from "node:timers/promises";
import { sessionLabel } from "../log/session-label.js";
import type { Route } from "../route.js";
import { JsonFile } from "./json-file.js";
import type { AddressOwners } from "./owners/address-owners.js";
import {
	OwnerScan,
	ownerStatements,
	PLACE,
	ScannedOwners,
} from "./owners/owner-rows.js";
import {
	addressOf,
	claimOf,
	type Entry,
	isNobodys,
	routeAt,
	routeOf,
	routeOfAddress,
} from "./row.js";
import { loadDriver } from "./sqlite-driver.js";
import { type Database, SqliteFile } from "./sqlite-file.js";
import { SECRETS, SqliteReader, START, TABLES } from "./sqlite-source.js";
import { Unreadable, withoutTable } from "./unreadable.js";

export type { Entry } from "./row.js";

/**
 * A writer is waited out for two seconds, told by attempts: a clock would go on while this process was stopped, and leave
 * it one.
 */
const ATTEMPTS = 200;
const RETRY_MS = 10;
/** Entries handed out at a time of what was read whole. */
const BATCH = 500;

/**
 * Every session that find() could answer with a target or "not ready", in batches, by the daemon's own readers. A
 * gxproxy2 is read in pages by its key, without a lock between two of them: each session comes once, however much is
 * written meanwhile, and a million need no memory. gxproxy and JSON are read whole, as the daemon reads them.
 * @param path absolute
 * @param oneOwner whether of rows with one address only the one written last leads there
 * @throws Unreadable, NoDriver
 */
export function entriesOf(
	path: string,
	oneOwner: boolean,
): AsyncIterable<readonly Entry[]> {
	return path.endsWith(".sqlite")
		? ofSqlite(path, oneOwner)
		: ofJson(path, oneOwner);
}

async function* ofSqlite(
	path: string,
	oneOwner: boolean,
): AsyncGenerator<readonly Entry[]> {
	const owners = oneOwner ? new ScannedOwners() : undefined;
	const reader = new SqliteReader(path, await loadDriver(), owners);
	try {
		await whenReadable(() => reader.check());
		if (reader.hasKeys) owners?.learn(await scanOf(reader.file));
		let page = await whenReadable(() => reader.page(START));
		if (page === undefined) {
			const addresses = await whenReadable(() => reader.addresses());
			yield* inBatches(addresses, routeOfAddress);
		}
		while (page?.last !== undefined) {
			const { entries, last } = page;
			yield withoutNobodys(entries);
			page = await whenReadable(() => reader.page(last));
		}
	} finally {
		reader.close();
	}
}

async function* ofJson(
	path: string,
	oneOwner: boolean,
): AsyncGenerator<readonly Entry[]> {
	const file = new JsonFile(path, oneOwner);
	await whenReadable(() => file.refresh());
	const contested = new Map<string, string[]>();
	for (const [key, route] of file.routes) {
		if (route.kind !== "contested") continue;
		const address = addressOf(route.target);
		const labels = contested.get(address) ?? [];
		labels.push(sessionLabel(key));
		contested.set(address, labels);
	}
	const rivalsOf = (key: string, route: Route) =>
		route.kind === "contested"
			? (contested.get(addressOf(route.target)) ?? []).filter(
					(label) => label !== sessionLabel(key),
				)
			: [];
	yield* inBatches(file.routes, (route) => route, rivalsOf);
}

function* inBatches<T>(
	sessions: ReadonlyMap<string, T>,
	routeOf: (value: T) => Route,
	rivalsOf: (key: string, route: Route) => readonly string[] = () => [],
): Generator<readonly Entry[]> {
	let batch: Entry[] = [];
	for (const [key, value] of sessions) {
		const route = routeOf(value);
		batch.push({ key, route, rivals: rivalsOf(key, route) });
		if (batch.length < BATCH) continue;
		yield withoutNobodys(batch);
		batch = [];
	}
	yield withoutNobodys(batch);
}

function withoutNobodys(entries: readonly Entry[]): readonly Entry[] {
	return entries.filter(({ key }) => !isNobodys(key));
}

/** Reads a whole gxproxy2 to tell who owns its addresses. @throws Unreadable */
export async function scanOf(file: SqliteFile): Promise<OwnerScan> {
	const scan = new OwnerScan(file);
	while (await whenReadable(() => scan.step()));
	return scan;
}

/** What a read gives, a passing fault waited out as by the daemon. @throws Unreadable */
export async function whenReadable<T>(read: () => T): Promise<T> {
	for (let left = ATTEMPTS; ; left--) {
		try {
			return read();
		} catch (error) {
			const passes = error instanceof Unreadable && error.passing;
			if (!passes || left === 0) throw error;
		}
		await pause(RETRY_MS);
	}
}

/** A look at a whole map. */
export interface Listing {
	/** In which form Galaxy wrote it. */
	readonly form: "gxproxy2" | "gxproxy" | "JSON";
	readonly isWal: boolean;
	/** Of the whole map. */
	readonly count: number;
	/** The newest first, as many as were asked for. */
	readonly rows: readonly Entry[];
}

/** Texts alone, and without NUL, as the daemon takes them. */
const NEWEST_OLD = `${SECRETS} DESC`;
const newest = (columns: string, most: number) =>
	`SELECT key,${PLACE}${columns} FROM gxproxy2 AS own` +
	` WHERE typeof(key) = 'text' AND instr(key, char(0)) = 0 ORDER BY rowid DESC LIMIT ${most}`;

/**
 * The map's newest rows, by one reading of this process's own; for commands, not for the daemon.
 * @param oneOwner whether of rows with one address only the one written last leads there
 * @throws Unreadable, NoDriver
 */
export async function listRows(
	path: string,
	most: number,
	oneOwner = true,
): Promise<Listing> {
	if (!path.endsWith(".sqlite")) return listJson(path, most, oneOwner);
	const file = new SqliteFile(path, await loadDriver());
	try {
		const form = await whenReadable(() => file.read((db) => formOf(db, path)));
		const isJudged = oneOwner && form === "gxproxy2";
		const owners = isJudged
			? (await scanOf(file)).end(undefined, false).owners
			: undefined;
		return await whenReadable(() =>
			file.read((database) => {
				const counted = database.statement(COUNT[form]).get();
				const mode = database.statement("PRAGMA journal_mode").get();
				const rows =
					form === "gxproxy2"
						? newestRows(database, most, owners)
						: newestSecrets(database, most);
				const isWal = mode?.journal_mode === "wal";
				return { form, isWal, count: Number(counted?.n), rows };
			}),
		);
	} finally {
		file.close();
	}
}

const COUNT = {
	gxproxy2: "SELECT count(*) AS n FROM gxproxy2",
	gxproxy: "SELECT count(*) AS n FROM gxproxy",
};

function formOf(database: Database, path: string): "gxproxy2" | "gxproxy" {
	const tables = database.statement(TABLES).all();
	if (tables.length === 0) throw withoutTable(path);
	return tables.some(({ name }) => name === "gxproxy2")
		? "gxproxy2"
		: "gxproxy";
}

function newestRows(
	database: Database,
	most: number,
	owners: AddressOwners | undefined,
): Entry[] {
	const { columns } = ownerStatements(database);
	return database
		.statement(newest(columns, most))
		.all()
		.map((row) => {
			const key = String(row.key);
			const route = routeOf(row.host, row.port, row.ids);
			const claim = claimOf(key, route, row.ids, Number(row.place));
			const standing = claim && owners?.standingOf(claim);
			return { key, route: routeAt(route, standing ?? "leads") };
		});
}

/** gxproxy keeps every old row of a session, and the last one counts. */
function newestSecrets(database: Database, most: number): Entry[] {
	const rows = new Map<string, Entry>();
	for (const row of database.statement(NEWEST_OLD).all()) {
		if (rows.size === most) break;
		const key = String(row.secret);
		const route = routeOfAddress(String(row.key));
		if (!rows.has(key)) rows.set(key, { key, route });
	}
	return [...rows.values()];
}

async function listJson(
	path: string,
	most: number,
	oneOwner: boolean,
): Promise<Listing> {
	const file = new JsonFile(path, oneOwner);
	await whenReadable(() => file.refresh());
	const rows = [...file.routes].reverse().slice(0, most);
	return {
		form: "JSON",
		isWal: false,
		count: file.routes.size,
		rows: rows.map(([key, route]) => ({ key, route })),
	};
}
