import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { TABLES } from "../mode.js";
import { type Driver, loadDriver, NoDriver } from "./sqlite-driver.js";
import { type Database, SqliteFile } from "./sqlite-file.js";
import { Unreadable } from "./unreadable.js";
import { isOnNetwork } from "./watch.js";

const QUERY = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN (${Object.keys(
	TABLES,
)
	.map((name) => `'${name}'`)
	.join()})`;

/** Looks which of Galaxy's tables a SQLite map has. */
export class MapTables {
	readonly #file: SqliteFile;
	#names: readonly string[] = [];

	constructor(path: string, driver: Driver) {
		this.#file = new SqliteFile(path, driver, "gxit");
	}

	/** Cheap while the file has not changed. None while the file is missing or cannot be read. */
	names(): readonly string[] {
		try {
			if (!this.#file.isCurrent()) this.#names = this.#file.read(namesIn);
			return this.#names;
		} catch (error) {
			if (error instanceof Unreadable) return [];
			throw error;
		}
	}

	close(): void {
		this.#file.close();
	}
}

function namesIn(database: Pick<Database, "statement">): readonly string[] {
	const rows = database.statement(QUERY).all();
	return rows.map(({ name }) => String(name));
}

/** Milliseconds after which a network file system that has not answered counts as one without a map. */
const ANSWER_MS = 1_000;

/** Galaxy's tables in the map, by one look. None in a JSON map. */
export async function tablesOf(path: string): Promise<readonly string[]> {
	if (!path.endsWith(".sqlite")) return [];
	if (await isOnNetwork(path)) return tablesByThread(path);
	if (!existsSync(path)) return [];
	return tablesNow(path);
}

/** @returns none if this Node cannot read SQLite */
export async function tablesNow(path: string): Promise<readonly string[]> {
	try {
		const tables = new MapTables(path, await loadDriver());
		try {
			return tables.names();
		} finally {
			tables.close();
		}
	} catch (error) {
		// The daemon's start says so.
		if (error instanceof NoDriver) return [];
		throw error;
	}
}

/** A network file system may keep any system call waiting, so a thread makes them. */
async function tablesByThread(path: string): Promise<readonly string[]> {
	const program = join(__dirname, "tables-worker.js");
	const thread = new Worker(program, { workerData: path });
	const answer = new Promise<readonly string[]>((resolve) => {
		thread.once("message", resolve);
		thread.once("error", () => resolve([]));
	});
	const late = pause(ANSWER_MS, [], { ref: false });
	return Promise.race([answer, late]).finally(() => {
		// Nobody waits for it, because a thread that hangs in a system call does not end.
		thread.unref();
		void thread.terminate();
	});
}

/** Word for word as SQLAlchemy writes it for Galaxy 24.2 and later. */
export const MAKE_TOOLS_TABLE = `CREATE TABLE IF NOT EXISTS gxitproxy (
	"key" VARCHAR(16) NOT NULL, 
	key_type TEXT NOT NULL, 
	token VARCHAR(32), 
	host TEXT, 
	port INTEGER, 
	info TEXT, 
	PRIMARY KEY ("key", key_type)
)`;

/** Milliseconds to wait for another writer's lock. */
const LOCK_MS = 10_000;

/**
 * Makes Galaxy's table of tools in a SQLite map, and the file if it is missing. An existing table stays as it is.
 * @returns whether the table was there
 * @throws NoDriver, or SQLite's error
 */
export async function makeToolsTable(path: string): Promise<boolean> {
	const driver = await loadDriver();
	const connection = driver.open(path, "write");
	try {
		connection.prepare(`PRAGMA busy_timeout = ${LOCK_MS}`).get();
		connection.prepare("BEGIN IMMEDIATE").run();
		const tables = connection.prepare(QUERY).all();
		connection.prepare(MAKE_TOOLS_TABLE).run();
		connection.prepare("COMMIT").run();
		return tables.some(({ name }) => TABLES[String(name)] === "gxit");
	} finally {
		connection.close();
	}
}
