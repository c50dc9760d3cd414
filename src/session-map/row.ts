// Longer than 300 lines: the possible contents of a column decide how it is selected and which route its row gives.
import { isIPv6, SocketAddress } from "node:net";
import { sessionLabel } from "../log/session-label.js";
import type { Mode } from "../mode.js";
import {
	NOT_READY,
	type Route,
	type SessionTarget,
	type Target,
	UNKNOWN,
} from "../route.js";
import { type Conflicts, NO_CONFLICTS, NO_COUNTS } from "./map-source.js";
import type {
	AddressOwners,
	Claim,
	Counts,
	Standing,
} from "./owners/address-owners.js";
import type { Driver, Row } from "./sqlite-driver.js";
import {
	CHANGED,
	type Content,
	type Database,
	SqliteFile,
	untilSteady,
} from "./sqlite-file.js";
import { Damaged, NotMadeYet, withoutTable } from "./unreadable.js";

/** Names and IPv4 addresses. `_` occurs in the names of Docker's services. DNS allows 253 characters. */
const NAME = /^[A-Za-z0-9_.-]{1,253}$/;
const DIGITS = /^[0-9]{1,10}$/;

/**
 * The route that a row's host and port give, in whatever types Galaxy's many versions wrote them: swarm mode writes
 * localhost and the container's port negated until the published one is known, `docker inspect` gave the port as text.
 * @param ids the row's container_ids, which tell one launch from the next while a row is not ready
 */
export function routeOf(host: unknown, port: unknown, ids?: unknown): Route {
	const name = hostOf(host);
	const number = portOf(port);
	if (name === undefined || number === undefined) {
		const launch = ownerOf(ids);
		return launch === undefined ? NOT_READY : { kind: "not-ready", launch };
	}
	return { kind: "target", target: { host: name, port: number } };
}

/** The same for "host:port", as Galaxy wrote it before 17.05. An IPv6 host may be in brackets. */
export function routeOfAddress(address: string): Route {
	const colon = address.lastIndexOf(":");
	if (colon < 0) return NOT_READY;
	return routeOf(address.slice(0, colon), address.slice(colon + 1));
}

function hostOf(host: unknown): string | undefined {
	if (typeof host !== "string") return undefined;
	if (NAME.test(host)) return host;
	const bare =
		host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
	return isIPv6(bare) ? bare : undefined;
}

function portOf(port: unknown): number | undefined {
	if (typeof port !== "string" && typeof port !== "number") return undefined;
	const number = DIGITS.test(String(port)) ? Number(port) : 0;
	return number >= 1 && number <= 65535 ? number : undefined;
}

/** The usual list: one container's id. */
const ONE_ID = /^\["([0-9A-Za-z_.-]+)"\]$/;

/**
 * The containers that a row was written for, in one spelling. ids: a list, or a list as JSON text. Undefined if there are
 * none, or if they cannot be read.
 */
export function ownerOf(ids: unknown): string | undefined {
	if (typeof ids === "string") {
		const one = ONE_ID.exec(ids)?.[1];
		return one ?? ownerOf(jsonOf(ids));
	}
	const isList =
		Array.isArray(ids) &&
		ids.length > 0 &&
		ids.every((id) => typeof id === "string" && id !== "");
	return isList ? [...new Set(ids)].sort().join("\0") : undefined;
}

/** Undefined if it is not JSON. Text within text is not unpacked a second time. */
function jsonOf(text: string): unknown {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "string" ? undefined : value;
	} catch {
		return undefined;
	}
}

/** "host:port" in one spelling per machine: names in lower case without a final dot, this machine as localhost. */
export function addressOf({ host, port }: Target): string {
	return `${machineOf(host)}:${port}`;
}

function machineOf(host: string): string {
	const name = host.toLowerCase().replace(/\.$/, "");
	const address = name.includes(":") ? canonicalIPv6(name) : name;
	const isLocal =
		address === "localhost" || address === "127.0.0.1" || address === "::1";
	return isLocal ? "localhost" : address;
}

/** RFC 5952; an IPv4-mapped address becomes IPv4. */
function canonicalIPv6(address: string): string {
	const [bare = "", zone] = address.split("%");
	const short = new SocketAddress({ address: bare, family: "ipv6" }).address;
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(short)?.[1];
	return mapped ?? (zone === undefined ? short : `${short}%${zone}`);
}

/** A row's claim on its address; undefined if it has no address, or no container ids to tell it from another's. */
export function claimOf(
	key: string,
	route: Route,
	ids: unknown,
	rowid = 0,
): Claim | undefined {
	if (route.kind !== "target") return undefined;
	const owner = ownerOf(ids);
	if (owner === undefined) return undefined;
	return { key, address: addressOf(route.target), owner, rowid };
}

/** The route, given the standing of its row's claim. */
export function routeAt(route: Route, standing: Standing): Route {
	if (route.kind !== "target" || standing === "leads" || standing === "unseen")
		return route;
	return { kind: standing, target: route.target };
}

// ---- the tables that have a row per session

/** One of Galaxy's tables with a row per session: how it is read, and what its rows say. */
export interface Table {
	readonly mode: Mode;
	readonly name: "gxproxy2" | "gxitproxy";
	/** Takes {session: "host:port"} as JSON, and selects the sessions whose row differs, as `key`. */
	readonly differing: string;
	columnsIn(database: Database): Columns;
	/** The rows that a session key names: one or none, where Galaxy writes them. */
	find(key: string, table: OpenTable): readonly Row[];
	routeOf(row: Row): Route;
	/** As claimOf(), of a row with `key`. */
	claimIn(row: Row): Claim | undefined;
}

/** The SQL expressions to select from `own`, a row of the table. */
export interface Columns {
	readonly table: Table;
	/** Its session key, unlike any other row's. */
	readonly key: string;
	/** host, port, rowid, ids and whatever else the route depends on. */
	readonly all: string;
	/** What names the row's containers. */
	readonly ids: string;
	/** Finds rows by key. */
	readonly rowsOfKey: string;
}

/** A table in one transaction. */
export interface OpenTable {
	readonly database: Database;
	readonly columns: Columns;
}

/** The longest values that are read, in characters: hosts have 253, keys 1,024 bytes, ids 64 per container. */
export const LONGEST = {
	host: 300,
	key: 4_096,
	ids: 65_536,
	token: 1_024,
	info: 65_536,
};

/** A column if it is text of a useful length. Without NUL, because some versions of the drivers cut the text there. */
export function textOf(column: string, name: keyof typeof LONGEST): string {
	return (
		` CASE WHEN typeof(${column}) = 'text' AND length(${column}) <= ${LONGEST[name]}` +
		` AND instr(${column}, char(0)) = 0 THEN ${column} END AS ${name}`
	);
}

/** The port as text, because node:sqlite throws at an integer above 2^53. */
export const HOST_AND_PORT = `${textOf("own.host", "host")}, CASE WHEN typeof(own.port) <> 'blob' AND length(own.port) <= 20 AND instr(own.port, char(0)) = 0 THEN CAST(own.port AS TEXT) END AS port`;
/** A number that never makes the driver throw. Galaxy's rowids are exact in it. */
export const ROWID = " CAST(own.rowid AS REAL) AS rowid";

/** Whether another program's table has this column too. */
export function hasColumn(
	database: Database,
	table: string,
	column: string,
): boolean {
	const sql = `SELECT 1 AS found FROM pragma_table_info('${table}') WHERE name = '${column}'`;
	return database.statement(sql).get() !== undefined;
}

/**
 * The key is found in the index and compared in the row: while one file is copied over another, the index may lead to
 * another session's row.
 */
export function ownRow(table: string, columns: string): string {
	return (
		` own.key = found.key AS own,${columns}` +
		` FROM ${table} AS found LEFT JOIN ${table} AS own ON own.rowid = found.rowid`
	);
}

/** Environments, from Galaxy 17.05 on. */
export const GXPROXY2: Table = {
	mode: "gie",
	name: "gxproxy2",
	// Many sessions at once: fetching each row takes three times as long as finding it. A row that only spells the same
	// target differently is also selected.
	differing:
		"SELECT asked.key AS key FROM json_each(?) AS asked LEFT JOIN gxproxy2 AS found ON found.key = asked.key" +
		" LEFT JOIN gxproxy2 AS own ON own.rowid = found.rowid" +
		" WHERE (own.key = asked.key AND own.host || ':' || own.port = asked.value) IS NOT 1",
	columnsIn(database) {
		const hasIds = hasColumn(database, "gxproxy2", "container_ids");
		return hasIds ? WITH_IDS : WITHOUT_IDS;
	},
	find(key, { database, columns }) {
		const row = database.statement(columns.rowsOfKey).get(key);
		return row === undefined ? [] : [{ ...row, key }];
	},
	routeOf: ({ host, port, ids }) => routeOf(host, port, ids),
	claimIn({ key, host, port, ids, rowid }) {
		return claimOf(String(key), routeOf(host, port), ids, Number(rowid));
	},
};

const WITH_IDS = columnsWith(textOf("own.container_ids", "ids"));
const WITHOUT_IDS = columnsWith(" NULL AS ids");

function columnsWith(ids: string): Columns {
	const all = `${HOST_AND_PORT},${ROWID},${ids}`;
	const key = textOf("own.key", "key");
	const rowsOfKey = `SELECT${ownRow("gxproxy2", all)} WHERE found.key = ?`;
	return { table: GXPROXY2, key, all, ids, rowsOfKey };
}

// ---- reading a SQLite map

/** Tells the standing of claims in a gxproxy2. */
export interface OwnerJudge {
	/** Undefined until the whole map is known. */
	readonly owners: AddressOwners | undefined;
	/** Reads new content, in a transaction. The result learns it, and is called once all of it is known to belong together. */
	look(table: OpenTable, content: Content): (() => void) | undefined;
	/** The table is missing: all rows that come later will have been seen to appear. */
	wasEmpty(): void;
	/** A look has met damage: forget everything about other rows. */
	lose?(): void;
	/** Undefined if only a scan can tell. The scan has then begun. */
	standingOf(claim: Claim, table: OpenTable): KnownStanding | undefined;
}

export type KnownStanding = Exclude<Standing, "unseen">;

/** Finds Galaxy's tables. */
export const TABLES =
	"SELECT name FROM sqlite_master WHERE name IN ('gxproxy', 'gxproxy2', 'gxitproxy')";
/** The table has no primary key (Galaxy wrote PRIMARY_KEY, a type) and keeps all old rows: the last one counts. */
const SECRETS =
	"SELECT key, secret FROM gxproxy WHERE typeof(key) = 'text' AND typeof(secret) = 'text'" +
	" AND instr(key || secret, char(0)) = 0 ORDER BY rowid";

/** Reads a map in SQLite: a table with a row per session by key, and gxproxy (before Galaxy 17.05) as a whole. */
export class SqliteReader {
	readonly file: SqliteFile;
	readonly #path: string;
	readonly #table: Table;
	readonly #judge: OwnerJudge | undefined;
	#columns: Columns | undefined;

	/** @param judge tells which rows still own their address; without one all of them do */
	constructor(
		path: string,
		driver: Driver,
		table: Table = GXPROXY2,
		judge?: OwnerJudge,
	) {
		this.#path = path;
		this.file = new SqliteFile(path, driver, table.mode);
		this.#table = table;
		this.#judge = judge;
	}

	/** Whether the table with a row per session was found. The old rows of gxproxy then never count again. */
	get hasRows(): boolean {
		return this.#columns !== undefined;
	}

	/** The owners of all addresses, as far as they are known. */
	get owners(): AddressOwners | undefined {
		return this.#judge?.owners;
	}

	get conflicts(): Conflicts {
		const { owners } = this;
		if (owners === undefined) return NO_CONFLICTS;
		const doubted = doubtedIn(owners);
		return { ...NO_CONFLICTS, places: owners.conflicts, doubted };
	}

	counts(): Counts {
		return this.owners?.counts() ?? NO_COUNTS;
	}

	/** The session's route; undefined if the whole map must be read to tell. @throws Unreadable */
	routeNow(key: string): Route | undefined {
		return this.readTable((table) => {
			const rows = this.#table.find(key, table);
			if (rows.length > 1) return this.#judgedAll(rows, table);
			const [row] = rows;
			return row === undefined ? UNKNOWN : this.judged(row, table);
		});
	}

	/** The given sessions whose row differs; undefined as above. @throws Unreadable */
	differing(targets: readonly SessionTarget[]): readonly string[] | undefined {
		return this.readTable(({ database }) => {
			const { owners } = this;
			if (this.#judge !== undefined && owners === undefined) return undefined;
			const rows = database
				.statement(this.#table.differing)
				.all(asJson(targets));
			const differing = new Set(rows.map((row) => String(row.key)));
			for (const [key, target] of targets)
				if (owners?.mayRefuseAt(addressOf(target))) differing.add(key);
			return [...differing];
		});
	}

	/** Reads no session, but notices a change of the map. @throws Unreadable */
	check(): void {
		this.readTable(() => undefined);
	}

	/** All of gxproxy: "host:port" by session key, the one written last at the end. @throws Unreadable */
	addresses(): ReadonlyMap<string, string> {
		return this.file.read((database) => {
			const addresses = new Map<string, string>();
			for (const { key, secret } of database.statement(SECRETS).all()) {
				const session = String(secret);
				addresses.delete(session);
				addresses.set(session, String(key));
			}
			return addresses;
		});
	}

	close(): void {
		this.file.close();
	}

	/** Undefined if the table is gxproxy, or if `body` returns that. @throws Unreadable */
	readTable<T>(body: (table: OpenTable) => T | undefined): T | undefined {
		try {
			return untilSteady(this.#path, () => {
				const { learn, value } = this.#readOrLook(body);
				if (learn === undefined) return value;
				learn();
				return CHANGED;
			});
		} catch (error) {
			if (error instanceof NotMadeYet) {
				this.file.wasAbsent();
				this.#judge?.wasEmpty();
			}
			throw error;
		}
	}

	/** New content is looked at first. Damage that only the look meets does not cost sessions in other pages their routes. */
	#readOrLook<T>(body: (table: OpenTable) => T | undefined): {
		learn?: () => void;
		value?: T | undefined;
	} {
		let isLooking = false;
		const read = (mayLook: boolean) =>
			this.file.read((database, content) => {
				if (content.isNew || this.#columns === undefined)
					this.#columns = this.#findTable(database);
				const columns = this.#columns;
				if (columns === undefined) return {};
				isLooking = content.isNew && mayLook;
				const table = { database, columns };
				const learn = isLooking ? this.#judge?.look(table, content) : undefined;
				isLooking = false;
				return learn === undefined ? { value: body(table) } : { learn };
			});
		try {
			return read(true);
		} catch (error) {
			if (!(error instanceof Damaged) || !isLooking) throw error;
			this.#judge?.lose?.();
			return read(false);
		}
	}

	/** The route of a row that was selected by ownRow(), and has its key; undefined as above. */
	judged(row: Row, table: OpenTable): Route | undefined {
		if (row.own !== 1)
			throw new Damaged(this.#path, "its index leads to another's row");
		const route = this.#table.routeOf(row);
		if (route.kind !== "target" || this.#judge === undefined) return route;
		const claim = this.#table.claimIn(row);
		if (claim === undefined) return route;
		const standing = this.#judge.standingOf(claim, table);
		return standing && routeAt(route, standing);
	}

	/** Several rows of one session: the one that was written last counts, unless they lead to different places. */
	#judgedAll(rows: readonly Row[], table: OpenTable): Route | undefined {
		const routes = rows.map((row) => this.#table.routeOf(row));
		const [first, ...others] = routes.map((route) => JSON.stringify(route));
		const latest = rows.reduce((a, b) =>
			Number(b.rowid) > Number(a.rowid) ? b : a,
		);
		if (others.every((other) => other === first))
			return this.judged(latest, table);
		const leading = routes.find((route) => route.kind === "target");
		return leading === undefined
			? NOT_READY
			: { kind: "contested", target: leading.target };
	}

	/** Undefined if the table is gxproxy, and never was gxproxy2. */
	#findTable(database: Database): Columns | undefined {
		if (this.hasRows) return this.#table.columnsIn(database);
		const { name, mode } = this.#table;
		const names = database.statement(TABLES).all();
		if (names.some((found) => found.name === name))
			return this.#table.columnsIn(database);
		const isOld = names.some((found) => found.name === "gxproxy");
		if (isOld && mode === "gie") return undefined;
		throw withoutTable(this.#path, mode);
	}
}

/** The sessions of new rows that are not believed, and why, as the log shows them. */
export function doubtedIn(owners: AddressOwners): Conflicts["doubted"] {
	return owners
		.confirmedDoubts()
		.map(({ sessionKey = "", rival }) => [
			sessionLabel(sessionKey.split("/", 2).join("/")),
			sessionLabel(rival),
		]);
}

/** Built as text, because no object may have the keys that clients send. */
function asJson(targets: readonly SessionTarget[]): string {
	const entries = targets.map(
		([key, { host, port }]) =>
			`${JSON.stringify(key)}:${JSON.stringify(`${host}:${port}`)}`,
	);
	return `{${entries.join()}}`;
}
