import type { Database } from "./database.js";
import { loadDriver } from "./driver.js";
import { whenReadable } from "./entries.js";
import { JsonFile } from "./json.js";
import { type Entry, routeOf, routeOfAddress } from "./row.js";
import { PLACE, SECRETS, TABLES } from "./sqlite.js";
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
const NEWEST = {
	gxproxy2:
		`SELECT key,${PLACE} FROM gxproxy2 AS own` +
		" WHERE typeof(key) = 'text' AND instr(key, char(0)) = 0 ORDER BY rowid DESC",
	gxproxy: `${SECRETS} DESC`,
};

/**
 * The map's newest rows, by one reading of this process's own; for commands, not for the daemon.
 * @throws Unreadable, NoDriver
 */
export async function listRows(path: string, most: number): Promise<Listing> {
	if (!path.endsWith(".sqlite")) return listJson(path, most);
	const file = new SqliteFile(path, await loadDriver());
	try {
		return await whenReadable(() =>
			file.read((database) => newestOf(database, path, most)),
		);
	} finally {
		file.close();
	}
}

function newestOf(database: Database, path: string, most: number): Listing {
	const names = database
		.statement(TABLES)
		.all()
		.map(({ name }) => name);
	if (names.length === 0) throw withoutTable(path);
	const form = names.includes("gxproxy2") ? "gxproxy2" : "gxproxy";
	const counted = database.statement(`SELECT count(*) AS n FROM ${form}`).get();
	const mode = database.statement("PRAGMA journal_mode").get();
	const rows = new Map<string, Entry>();
	// gxproxy keeps every old row of a session, and the last one counts.
	const limit = form === "gxproxy2" ? ` LIMIT ${most}` : "";
	for (const row of database.statement(NEWEST[form] + limit).all()) {
		if (rows.size === most) break;
		const { key, route } =
			form === "gxproxy2"
				? { key: String(row.key), route: routeOf(row.host, row.port) }
				: { key: String(row.secret), route: routeOfAddress(String(row.key)) };
		if (!rows.has(key)) rows.set(key, { key, route });
	}
	return {
		form,
		isWal: mode?.journal_mode === "wal",
		count: Number(counted?.n),
		rows: [...rows.values()],
	};
}

async function listJson(path: string, most: number): Promise<Listing> {
	const file = new JsonFile(path);
	await whenReadable(() => file.refresh());
	const rows = [...file.routes].reverse().slice(0, most);
	return {
		form: "JSON",
		isWal: false,
		count: file.routes.size,
		rows: rows.map(([key, route]) => ({ key, route })),
	};
}
