import { type Route, UNKNOWN } from "../route.js";
import type { Database } from "./database.js";
import type { Driver } from "./driver.js";
import { routeOf } from "./row.js";
import { SqliteFile } from "./sqlite-file.js";
import { Damaged, Unreadable } from "./unreadable.js";

const TABLES =
	"SELECT name FROM sqlite_master WHERE name IN ('gxproxy', 'gxproxy2')";
/**
 * As text, since node:sqlite throws at an integer beyond 2^53; without NUL, at which some of its versions cut a text.
 * The key is found in the index and read in the row: where the file is a mixture of two (one is copied over it in place)
 * the index leads to rows of others.
 */
const ROUTE =
	"SELECT own.key = found.key AS own," +
	" CASE WHEN typeof(own.host) = 'text' AND instr(own.host, char(0)) = 0 THEN own.host END AS host," +
	" CASE WHEN typeof(own.port) <> 'blob' AND instr(own.port, char(0)) = 0 THEN CAST(own.port AS TEXT) END AS port" +
	" FROM gxproxy2 AS found LEFT JOIN gxproxy2 AS own ON own.rowid = found.rowid WHERE found.key = ?";
/** The table has no primary key (Galaxy wrote PRIMARY_KEY, a type) and keeps every old row: the last one counts. */
const SECRETS =
	"SELECT key, secret FROM gxproxy WHERE typeof(key) = 'text' AND typeof(secret) = 'text'" +
	" AND instr(key || secret, char(0)) = 0 ORDER BY rowid";

/** A map of either SQLite era: gxproxy2 (Galaxy 17.05 on) is asked key by key, gxproxy can only be read whole. */
export class SqliteReader {
	readonly #path: string;
	readonly #file: SqliteFile;
	#hasKeys = false;

	constructor(path: string, driver: Driver) {
		this.#path = path;
		this.#file = new SqliteFile(path, driver);
	}

	get generation(): number {
		return this.#file.generation;
	}

	/** Whether a read met damage in the content that was read last. */
	get isDamaged(): boolean {
		return this.#file.isDamaged;
	}

	/** Whether the table is gxproxy2. Once it was seen, gxproxy's dead rows never count again. */
	get hasKeys(): boolean {
		return this.#hasKeys;
	}

	/** Whether the last read still stands. @throws Unreadable */
	current(): boolean {
		return this.#file.current();
	}

	/** The session's route; undefined where only a whole read can tell. @throws Unreadable */
	route(key: string): Route | undefined {
		return this.#file.read((database) => {
			if (!this.#hasKeys) this.#findTable(database);
			if (!this.#hasKeys) return undefined;
			const row = database.statement(ROUTE).get(key);
			if (row === undefined) return UNKNOWN;
			if (row.own !== 1)
				throw new Damaged(this.#path, "its index leads to another's row");
			return routeOf(row.host, row.port);
		});
	}

	/** Reads no session, and so moves the generation on where the map changed. @throws Unreadable */
	check(): void {
		this.route("");
	}

	/** All of gxproxy: "host:port" by session key. @throws Unreadable */
	addresses(): Map<string, string> {
		return this.#file.read((database) => {
			const addresses = new Map<string, string>();
			for (const row of database.statement(SECRETS).iterate())
				addresses.set(String(row.secret), String(row.key));
			return addresses;
		});
	}

	close(): void {
		this.#file.close();
	}

	#findTable(database: Database): void {
		const names = [...database.statement(TABLES).iterate()];
		this.#hasKeys = names.some((row) => row.name === "gxproxy2");
		if (names.length > 0) return;
		throw new Unreadable(
			`${this.#path} has no table gxproxy2 yet: Galaxy makes it when the first environment starts. If one runs already, compare --sessions with Galaxy's dynamic_proxy_session_map.`,
			false,
		);
	}
}
