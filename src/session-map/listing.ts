import type { AddressOwners } from "./address-owners.js";
import type { Database } from "./database.js";
import { loadDriver } from "./driver.js";
import { scanOf, whenReadable } from "./entries.js";
import { JsonFile } from "./json.js";
import { ownerStatements, PLACE } from "./owner-rows.js";
import {
	claimOf,
	type Entry,
	routeAt,
	routeOf,
	routeOfAddress,
} from "./row.js";
import { SECRETS, TABLES } from "./sqlite.js";
import { SqliteFile } from "./sqlite-file.js";
import { withoutTable } from "./unreadable.js";

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
