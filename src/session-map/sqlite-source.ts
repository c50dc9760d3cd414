import { type Route, type SessionTarget, UNKNOWN } from "../route.js";
import {
	type Conflicts,
	type MapSource,
	NO_CONFLICTS,
	NO_COUNTS,
	type Reading,
} from "./map-source.js";
import { contentOf, MapThread } from "./map-thread.js";
import type { Counts } from "./owners/address-owners.js";
import { FollowedOwners } from "./owners/followed-owners.js";
import {
	type Gxproxy2,
	HOST_AND_PORT,
	type Look,
	type OwnerJudge,
	type OwnerStatements,
	ownerStatements,
} from "./owners/owner-rows.js";
import { addressOf, claimOf, routeAt, routeOf } from "./row.js";
import type { Driver, Row } from "./sqlite-driver.js";
import { type Database, SqliteFile } from "./sqlite-file.js";
import { changesTooFast, Damaged, withoutTable } from "./unreadable.js";

interface SqliteSourceOptions {
	readonly path: string;
	readonly driver: Driver;
	/** Whether only the latest of the rows with one address is served. */
	readonly oneOwner: boolean;
	/** Called when routes may have changed although the file has not. */
	readonly onNews: () => void;
}

/** A SQLite map on a local file system. gxproxy2 is read in this thread, gxproxy in another one. */
export class SqliteSource implements MapSource {
	readonly isPolled = false;
	readonly lastRead: SqliteFile;
	readonly #reader: SqliteReader;
	readonly #thread: MapThread;
	/** Apart from #thread, because a thread takes one question at a time. */
	readonly #scans: MapThread;
	readonly #owners: FollowedOwners | undefined;

	constructor({ path, driver, oneOwner, onNews }: SqliteSourceOptions) {
		const task = { path, driver: driver.name, oneOwner };
		const scans = new MapThread(task);
		this.#scans = scans;
		this.#thread = new MapThread(task);
		if (oneOwner)
			this.#owners = new FollowedOwners(
				(...task) => scans.scan(...task),
				() => {
					this.lastRead.generation++;
					onNews();
				},
			);
		this.#reader = new SqliteReader(path, driver, this.#owners);
		this.lastRead = this.#reader.file;
	}

	get isPreparing(): boolean {
		return this.#owners?.isScanning === true;
	}

	get conflicts(): Conflicts {
		return this.#reader.conflicts;
	}

	counts(): Counts {
		return this.#reader.counts();
	}

	routeNow(key: string): Route | undefined {
		return this.#reader.route(key);
	}

	differing(targets: readonly SessionTarget[]): readonly string[] | undefined {
		return this.#reader.differing(targets);
	}

	async read(keys: readonly string[]): Promise<Reading> {
		this.#reader.check();
		while (this.#reader.isGxproxy2) {
			const { generation } = this.lastRead;
			const routes = keys.map((key) => this.#reader.route(key));
			if (routes.every((route) => route !== undefined))
				return { generation, routes };
			await this.#owners?.scanned();
		}
		// The thread reads after this moment, so its answer is of this generation or a later one.
		const { generation } = this.lastRead;
		const { routes } = contentOf(await this.#thread.routes(keys));
		return { generation, routes };
	}

	async close(): Promise<void> {
		this.#owners?.close();
		await Promise.all([this.#thread.close(), this.#scans.close()]);
		this.#reader.close();
	}
}

/** Finds the tables of Galaxy's two eras. */
export const TABLES =
	"SELECT name FROM sqlite_master WHERE name IN ('gxproxy', 'gxproxy2')";
/**
 * The key is found in the index and compared in the row: while one file is copied over another, the index may lead to
 * another session's row.
 */
export const ownRow = (more: string) =>
	` own.key = found.key AS own,${HOST_AND_PORT}${more}` +
	" FROM gxproxy2 AS found LEFT JOIN gxproxy2 AS own ON own.rowid = found.rowid";
const rowOfKey = (more: string) => `SELECT${ownRow(more)} WHERE found.key = ?`;
/**
 * Takes {session: "host:port"}, many at once: fetching each row takes three times as long as finding it. A row that
 * only spells the same target differently is also selected.
 */
const DIFFERING =
	"SELECT asked.key AS key FROM json_each(?) AS asked LEFT JOIN gxproxy2 AS found ON found.key = asked.key" +
	" LEFT JOIN gxproxy2 AS own ON own.rowid = found.rowid" +
	" WHERE (own.key = asked.key AND own.host || ':' || own.port = asked.value) IS NOT 1";
/** The table has no primary key (Galaxy wrote PRIMARY_KEY, a type) and keeps all old rows: the last one counts. */
export const SECRETS =
	"SELECT key, secret FROM gxproxy WHERE typeof(key) = 'text' AND typeof(secret) = 'text'" +
	" AND instr(key || secret, char(0)) = 0 ORDER BY rowid";

/** How often the content may change between two reads. */
const ATTEMPTS = 4;

type Body<T> = (table: Gxproxy2) => T | undefined;

/** Reads a map of either SQLite era: gxproxy2 (Galaxy 17.05 on) by key, gxproxy as a whole. */
export class SqliteReader {
	readonly file: SqliteFile;
	readonly #path: string;
	readonly #judge: OwnerJudge | undefined;
	#statements: OwnerStatements | undefined;

	/** @param judge tells which rows still own their address; without one all of them do */
	constructor(path: string, driver: Driver, judge?: OwnerJudge) {
		this.#path = path;
		this.file = new SqliteFile(path, driver);
		this.#judge = judge;
	}

	/** Once gxproxy2 was found, the old rows of gxproxy never count again. */
	get isGxproxy2(): boolean {
		return this.#statements !== undefined;
	}

	get conflicts(): Conflicts {
		const places = this.#judge?.owners?.conflicts;
		return places === undefined ? NO_CONFLICTS : { ...NO_CONFLICTS, places };
	}

	counts(): Counts {
		return this.#judge?.owners?.counts() ?? NO_COUNTS;
	}

	/** The session's route; undefined if the whole map must be read to tell. @throws Unreadable */
	route(key: string): Route | undefined {
		return this.read((table) => {
			const { database, statements } = table;
			const row = database.statement(rowOfKey(statements.columns)).get(key);
			return row === undefined ? UNKNOWN : this.judged(key, row, table);
		});
	}

	/** The given sessions whose row differs; undefined as above. @throws Unreadable */
	differing(targets: readonly SessionTarget[]): readonly string[] | undefined {
		return this.read(({ database }) => {
			const owners = this.#judge?.owners;
			if (this.#judge !== undefined && owners === undefined) return undefined;
			const rows = database.statement(DIFFERING).all(asJson(targets));
			const differing = new Set(rows.map((row) => String(row.key)));
			for (const [key, target] of targets)
				if (owners?.mayRefuseAt(addressOf(target))) differing.add(key);
			return [...differing];
		});
	}

	/** Reads no session, but notices a change of the map. @throws Unreadable */
	check(): void {
		this.read(() => undefined);
	}

	/** All of gxproxy: "host:port" by session key. @throws Unreadable */
	addresses(): Map<string, string> {
		return this.file.read((database) => {
			const addresses = new Map<string, string>();
			for (const row of database.statement(SECRETS).all())
				addresses.set(String(row.secret), String(row.key));
			return addresses;
		});
	}

	close(): void {
		this.file.close();
	}

	/** Undefined if the table is gxproxy, or if `body` returns that. @throws Unreadable */
	read<T>(body: Body<T>): T | undefined {
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			const { look, value } = this.#readOrLook(body);
			if (look === undefined) return value;
			// Only after the transaction is it certain that all of the look belongs to one content.
			this.#judge?.take(look);
		}
		throw changesTooFast(this.#path);
	}

	/** New content is looked at first. Damage that only the look meets does not cost sessions in other pages their routes. */
	#readOrLook<T>(body: Body<T>): { look?: Look; value?: T | undefined } {
		let isLooking = false;
		const read = (mayLook: boolean) =>
			this.file.read((database, content) => {
				if (content.isNew || this.#statements === undefined)
					this.#statements = this.#findTable(database);
				const statements = this.#statements;
				if (statements === undefined) return {};
				isLooking = content.isNew && mayLook;
				const table = { database, statements };
				const look = isLooking ? this.#judge?.look(table, content) : undefined;
				isLooking = false;
				return look === undefined ? { value: body(table) } : { look };
			});
		try {
			return read(true);
		} catch (error) {
			if (!(error instanceof Damaged) || !isLooking) throw error;
			this.#judge?.lose();
			return read(false);
		}
	}

	/** The route of a row that was selected by ownRow(); undefined as above. */
	judged(key: string, row: Row, table: Gxproxy2): Route | undefined {
		if (row.own !== 1)
			throw new Damaged(this.#path, "its index leads to another's row");
		const route = routeOf(row.host, row.port, row.ids);
		const claim = claimOf(key, route, row.ids, Number(row.rowid));
		if (claim === undefined || this.#judge === undefined) return route;
		const standing = this.#judge.standingOf(claim, table);
		return standing && routeAt(route, standing);
	}

	/** Undefined if the table is gxproxy, and never was gxproxy2. */
	#findTable(database: Database): OwnerStatements | undefined {
		if (this.isGxproxy2) return ownerStatements(database);
		const names = database.statement(TABLES).all();
		if (names.length === 0) throw withoutTable(this.#path);
		const isGxproxy2 = names.some(({ name }) => name === "gxproxy2");
		return isGxproxy2 ? ownerStatements(database) : undefined;
	}
}

/** Built as text, because no object may have the keys that clients send. */
function asJson(targets: readonly SessionTarget[]): string {
	const entries = targets.map(
		([key, { host, port }]) =>
			`${JSON.stringify(key)}:${JSON.stringify(`${host}:${port}`)}`,
	);
	return `{${entries.join()}}`;
}
