// Over the house's 300 lines: what is always read together has just become one file; it gets shorter.
import { SESSION_KEY_BYTES } from "../limits.js";
import { sessionLabel } from "../log/session-label.js";
import { type Placed, type Route, UNKNOWN } from "../route.js";
import {
	type Conflicts,
	NO_CONFLICTS,
	NO_COUNTS,
	type Reading,
	type Source,
} from "./map-source.js";
import { ScanThread, Whole } from "./map-thread.js";
import type { Counts } from "./owners/address-owners.js";
import { SqliteOwners } from "./owners/followed-owners.js";
import {
	type ClaimJudge,
	type Look,
	type OwnerStatements,
	ownerStatements,
	PLACE,
} from "./owners/owner-rows.js";
import {
	addressOf,
	type Columns,
	claimOf,
	type Entry,
	routeAt,
	routeOf,
} from "./row.js";
import type { Driver, Row } from "./sqlite-driver.js";
import { type Database, SqliteFile } from "./sqlite-file.js";
import {
	changesTooFast,
	Damaged,
	Unreadable,
	withoutTable,
} from "./unreadable.js";

/** Which of the two eras' tables there are. */
export const TABLES =
	"SELECT name FROM sqlite_master WHERE name IN ('gxproxy', 'gxproxy2')";
/**
 * The key is found in the index and read in the row: where the file is a mixture of two (one is copied over it in place)
 * the index leads to rows of others.
 */
const own = (more: string) =>
	` own.key = found.key AS own,${PLACE}${more}` +
	" FROM gxproxy2 AS found LEFT JOIN gxproxy2 AS own ON own.rowid = found.rowid";
const route = (more: string) => `SELECT${own(more)} WHERE found.key = ?`;
/** Rows in one transaction of a list: a millisecond or two, so that writers are not held up. */
const PAGE_ROWS = 500;
/**
 * Without the keys that nobody can ask for. A page begins behind the last one's key as it stands in the file, since a key
 * that is no UTF-8 would come back from the program as another.
 */
const page = (more: string) =>
	`SELECT found.key AS key, CAST(found.key AS BLOB) AS bytes,${own(more)}` +
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
const KEY_OF =
	"SELECT key FROM gxproxy2 WHERE rowid = ? AND typeof(key) = 'text' AND instr(key, char(0)) = 0";
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

/** How often the content may change between two reads before the reader is told to come again. */
const ATTEMPTS = 4;

/** A map of either SQLite era: gxproxy2 (Galaxy 17.05 on) is asked key by key, gxproxy can only be read whole. */
export class SqliteReader {
	readonly #path: string;
	readonly #file: SqliteFile;
	readonly #judge: ClaimJudge | undefined;
	#statements: OwnerStatements | undefined;

	/** @param judge says which rows still lead to their address; without one all of them do */
	constructor(path: string, driver: Driver, judge?: ClaimJudge) {
		this.#path = path;
		this.#file = new SqliteFile(path, driver);
		this.#judge = judge;
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
		return this.#statements !== undefined;
	}

	/** Whether the last read still stands. @throws Unreadable */
	current(): boolean {
		return this.#file.current();
	}

	/**
	 * The session's route; undefined where only a whole read can tell.
	 * @throws Unreadable
	 */
	route(key: string): Route | undefined {
		return this.#read((database, statements) => {
			const row = database.statement(route(statements.columns)).get(key);
			if (row === undefined) return UNKNOWN;
			return this.#judged(key, row, database, statements);
		});
	}

	/**
	 * The sessions of gxproxy2 behind this place; undefined where only a whole read can tell.
	 * @throws Unreadable
	 */
	page(after: Place): Page | undefined {
		return this.#read((database, statements) => {
			const rows = database.statement(page(statements.columns)).all(after);
			const entries: Entry[] = [];
			for (const row of rows) {
				const key = String(row.key);
				const route = this.#judged(key, row, database, statements);
				if (route === undefined) return undefined;
				const rivals = this.#rivalsOf(route, database);
				entries.push({ key, route, rivals, row: columnsOf(row) });
			}
			return { entries, last: rows.at(-1)?.bytes as Place | undefined };
		});
	}

	/** Of these sessions, those whose row is not as given; undefined where only a whole read can tell. @throws Unreadable */
	differing(placed: readonly Placed[]): readonly string[] | undefined {
		return this.#read((database) => {
			if (this.#judge !== undefined && this.#judge.owners === undefined)
				return undefined;
			const rows = database.statement(DIFFERING).all(asJson(placed));
			const differing = new Set(rows.map((row) => String(row.key)));
			for (const [key, target] of placed)
				if (this.#judge?.owners?.mayRefuseAt(addressOf(target)))
					differing.add(key);
			return [...differing];
		});
	}

	/** Reads no session, and so moves the generation on where the map changed. @throws Unreadable */
	check(): void {
		this.#read(() => undefined);
	}

	/** The file, for reads of another kind. */
	get file(): SqliteFile {
		return this.#file;
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

	/** Undefined where the table is gxproxy, and where `body` gives it. */
	#read<T>(
		body: (database: Database, statements: OwnerStatements) => T | undefined,
	): T | undefined {
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			const { look, value } = this.#readOrLook(body);
			if (look === undefined) return value;
			// Only now is it sure that all of it was read out of one content.
			this.#judge?.take(look);
		}
		throw changesTooFast(this.#path);
	}

	/** Content that is new is looked at first. Damage that only the look meets does not cost sessions in other pages their rows. */
	#readOrLook<T>(
		body: (database: Database, statements: OwnerStatements) => T | undefined,
	): { look?: Look; value?: T | undefined } {
		let isLooking = false;
		const read = (mayLook: boolean) =>
			this.#file.read((database, content) => {
				if (content.isNew || this.#statements === undefined)
					this.#statements = this.#findTable(database);
				const statements = this.#statements;
				if (statements === undefined) return {};
				isLooking = content.isNew && mayLook;
				const look = isLooking
					? this.#judge?.look(database, statements, content)
					: undefined;
				isLooking = false;
				return look === undefined
					? { value: body(database, statements) }
					: { look };
			});
		try {
			return read(true);
		} catch (error) {
			if (!(error instanceof Damaged) || !isLooking) throw error;
			this.#judge?.lose();
			return read(false);
		}
	}

	/** How the log shows the session whose row leads where this one has ended. */
	#rivalsOf(route: Route, database: Database): readonly string[] {
		if (route.kind !== "ended") return [];
		const rowid = this.#judge?.owners?.leaderAt(addressOf(route.target));
		if (rowid === undefined) return [];
		const key = database.statement(KEY_OF).get(rowid)?.key;
		return typeof key === "string" ? [sessionLabel(key)] : [];
	}

	#judged(
		key: string,
		row: Row,
		database: Database,
		statements: OwnerStatements,
	): Route | undefined {
		if (row.own !== 1)
			throw new Damaged(this.#path, "its index leads to another's row");
		const route = routeOf(row.host, row.port, row.ids);
		const claim = claimOf(key, route, row.ids, Number(row.place));
		if (claim === undefined || this.#judge === undefined) return route;
		const standing = this.#judge.standingOf(claim, database, statements);
		return standing && routeAt(route, standing);
	}

	/** Undefined where the table is gxproxy, and never was gxproxy2. */
	#findTable(database: Database): OwnerStatements | undefined {
		if (this.hasKeys) return ownerStatements(database);
		const names = database.statement(TABLES).all();
		if (names.length === 0) throw withoutTable(this.#path);
		const hasKeys = names.some((row) => row.name === "gxproxy2");
		return hasKeys ? ownerStatements(database) : undefined;
	}
}

function columnsOf({ host, port, ids }: Row): Columns {
	const text = (value: unknown) => (typeof value === "string" ? value : null);
	return { host: text(host), port: text(port), ids: text(ids) };
}

/** As text, since no object may have the keys that clients send. */
function asJson(placed: readonly Placed[]): string {
	const entries = placed.map(
		([key, { host, port }]) =>
			`${JSON.stringify(key)}:${JSON.stringify(`${host}:${port}`)}`,
	);
	return `{${entries.join()}}`;
}

interface SqliteSourceOptions {
	readonly path: string;
	readonly driver: Driver;
	/** Whether of rows with one address only the one written last leads there. */
	readonly oneOwner: boolean;
	/** Told when routes may have changed without a change of the file. */
	readonly onNews: () => void;
}

/** A SQLite map on a local file system: gxproxy2 is asked here, gxproxy through a thread that holds it whole. */
export class SqliteSource implements Source {
	readonly polled = false;
	readonly #reader: SqliteReader;
	readonly #whole: Whole;
	readonly #scans: ScanThread;
	readonly #owners: SqliteOwners | undefined;

	constructor({ path, driver, oneOwner, onNews }: SqliteSourceOptions) {
		const scans = new ScanThread(path, driver.name);
		this.#scans = scans;
		this.#owners = oneOwner
			? new SqliteOwners((...task) => scans.scan(...task), onNews)
			: undefined;
		this.#reader = new SqliteReader(path, driver, this.#owners);
		this.#whole = new Whole({ path, driver: driver.name, oneOwner });
	}

	get generation(): number {
		return this.#reader.generation + (this.#owners?.version ?? 0);
	}

	get isDamaged(): boolean {
		return this.#reader.isDamaged;
	}

	get isPreparing(): boolean {
		return this.#owners?.isScanning === true;
	}

	get conflicts(): Conflicts {
		const places = this.#owners?.owners?.conflicts ?? "nowhere";
		return { ...NO_CONFLICTS, places };
	}

	counts(): Counts {
		return this.#owners?.owners?.counts() ?? NO_COUNTS;
	}

	current(): boolean {
		return this.#reader.current();
	}

	routeNow(key: string): Route | undefined {
		return this.#reader.route(key);
	}

	differing(placed: readonly Placed[]): readonly string[] | undefined {
		return this.#reader.differing(placed);
	}

	async read(keys: readonly string[]): Promise<Reading> {
		this.#reader.check();
		while (this.#reader.hasKeys) {
			const { generation } = this;
			const routes = keys.map((key) => this.#reader.route(key));
			if (routes.every((route) => route !== undefined))
				return { generation, routes };
			await this.#owners?.scanned();
		}
		const { generation } = this;
		// The thread looks after this moment, so what it finds is of `generation` or of a later one.
		const answer = await this.#whole.ask(keys);
		if ("reason" in answer) throw new Unreadable(answer.reason, answer.passing);
		return { generation, routes: answer.routes };
	}

	async close(): Promise<void> {
		this.#owners?.close();
		await Promise.all([this.#whole.close(), this.#scans.close()]);
		this.#reader.close();
	}
}
