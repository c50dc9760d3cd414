import { SESSION_KEY_BYTES } from "../limits.js";
import { type Placed, type Route, UNKNOWN } from "../route.js";
import type { Database } from "./database.js";
import type { Driver, Row } from "./driver.js";
import { type Entry, routeOf } from "./row.js";
import { SqliteFile } from "./sqlite-file.js";
import { Damaged, withoutTable } from "./unreadable.js";

/** Which of the two eras' tables there are. */
export const TABLES =
	"SELECT name FROM sqlite_master WHERE name IN ('gxproxy', 'gxproxy2')";
/** As text, since node:sqlite throws at an integer beyond 2^53; without NUL, at which some of its versions cut a text. */
export const PLACE =
	" CASE WHEN typeof(own.host) = 'text' AND instr(own.host, char(0)) = 0 THEN own.host END AS host," +
	" CASE WHEN typeof(own.port) <> 'blob' AND instr(own.port, char(0)) = 0 THEN CAST(own.port AS TEXT) END AS port";
/**
 * The key is found in the index and read in the row: where the file is a mixture of two (one is copied over it in place)
 * the index leads to rows of others.
 */
const OWN =
	` own.key = found.key AS own,${PLACE}` +
	" FROM gxproxy2 AS found LEFT JOIN gxproxy2 AS own ON own.rowid = found.rowid";
const ROUTE = `SELECT${OWN} WHERE found.key = ?`;
/** Rows in one transaction of a list: a millisecond or two, so that writers are not held up. */
const PAGE_ROWS = 500;
/**
 * Without the keys that nobody can ask for. A page begins behind the last one's key as it stands in the file, since a key
 * that is no UTF-8 would come back from the program as another.
 */
const PAGE =
	`SELECT found.key AS key, CAST(found.key AS BLOB) AS place,${OWN}` +
	" WHERE found.key > CAST(? AS TEXT) AND typeof(found.key) = 'text'" +
	` AND length(found.key) <= ${SESSION_KEY_BYTES} AND instr(found.key, char(0)) = 0` +
	` ORDER BY found.key LIMIT ${PAGE_ROWS}`;
/**
 * Of {session: "host:port"}. One call for many: to fetch each row takes three times as long as to find it. Who is here
 * because his row is only written in another way is asked for by ROUTE.
 */
const DIFFERING =
	"SELECT asked.key AS key FROM json_each(?) AS asked LEFT JOIN gxproxy2 AS found ON found.key = asked.key" +
	" LEFT JOIN gxproxy2 AS own ON own.rowid = found.rowid" +
	" WHERE (own.key = asked.key AND own.host || ':' || own.port = asked.value) IS NOT 1";
/** The table has no primary key (Galaxy wrote PRIMARY_KEY, a type) and keeps every old row: the last one counts. */
export const SECRETS =
	"SELECT key, secret FROM gxproxy WHERE typeof(key) = 'text' AND typeof(secret) = 'text'" +
	" AND instr(key || secret, char(0)) = 0 ORDER BY rowid";

/** Where a page ends: a key's bytes. */
type Place = Uint8Array;

/** Before the first page: a NUL, since some drivers make NULL of no bytes. */
export const START: Place = Uint8Array.of(0);

/** Some sessions, in the order of their keys. */
export interface Page {
	readonly entries: readonly Entry[];
	/** Undefined where there are none. */
	readonly last: Place | undefined;
}

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
			return row === undefined ? UNKNOWN : this.#routeOf(row);
		});
	}

	/**
	 * The sessions of gxproxy2 behind this place; undefined where only a whole read can tell.
	 * @throws Unreadable
	 */
	page(after: Place): Page | undefined {
		return this.#file.read((database) => {
			if (!this.#hasKeys) this.#findTable(database);
			if (!this.#hasKeys) return undefined;
			const rows = database.statement(PAGE).all(after);
			const entries = rows.map((row) => ({
				key: String(row.key),
				route: this.#routeOf(row),
			}));
			return { entries, last: rows.at(-1)?.place as Place | undefined };
		});
	}

	/** Of these sessions, those whose row is not as given; undefined where only a whole read can tell. @throws Unreadable */
	differing(placed: readonly Placed[]): readonly string[] | undefined {
		return this.#file.read((database) => {
			if (!this.#hasKeys) this.#findTable(database);
			if (!this.#hasKeys) return undefined;
			const rows = database.statement(DIFFERING).all(asJson(placed));
			return rows.map((row) => String(row.key));
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
			for (const row of database.statement(SECRETS).all())
				addresses.set(String(row.secret), String(row.key));
			return addresses;
		});
	}

	close(): void {
		this.#file.close();
	}

	#routeOf(row: Row): Route {
		if (row.own === 1) return routeOf(row.host, row.port);
		throw new Damaged(this.#path, "its index leads to another's row");
	}

	#findTable(database: Database): void {
		const names = database.statement(TABLES).all();
		this.#hasKeys = names.some((row) => row.name === "gxproxy2");
		if (names.length > 0) return;
		throw withoutTable(this.#path);
	}
}

/** As text, since no object may have the keys that clients send. */
function asJson(placed: readonly Placed[]): string {
	const entries = placed.map(
		([key, { host, port }]) =>
			`${JSON.stringify(key)}:${JSON.stringify(`${host}:${port}`)}`,
	);
	return `{${entries.join()}}`;
}
