import { addressOf, claimOf, ownerOf, routeOf } from "../row.js";
import type { Row } from "../sqlite-driver.js";
import type { Content, Database, SqliteFile } from "../sqlite-file.js";
import { AddressOwners, type Claim, type Standing } from "./address-owners.js";

/** Tells the standing of claims in a gxproxy2. */
export interface OwnerJudge {
	/** Undefined until the whole map is known. */
	readonly owners: AddressOwners | undefined;
	/** Reads new content, in a transaction. take() learns it once all of it is known to belong together. */
	look(table: Gxproxy2, content: Content): Look | undefined;
	take(look: Look): void;
	/** A look has met damage: forget everything about other rows. */
	lose(): void;
	/** Undefined if only a scan can tell. The scan has then begun. */
	standingOf(claim: Claim, table: Gxproxy2): KnownStanding | undefined;
}

export type KnownStanding = Exclude<Standing, "unseen">;

/** The table in one transaction. */
export interface Gxproxy2 {
	readonly database: Database;
	readonly statements: OwnerStatements;
}

/** New content, as far as it was read. */
export interface Look {
	readonly content: Content;
	/** The latest rows, in descending order. */
	readonly latest: readonly OwnerRow[];
	/** How many of `latest` were written since the last look; undefined if that is unknown. */
	readonly written: number | undefined;
	/** Whether `latest` is the whole map. */
	readonly isWhole: boolean;
	readonly changed: readonly ChangedRow[];
	/** The keys of deleted rows, as far as the latest rows show them. */
	readonly gone: readonly string[];
}

/** A row that was updated in place. */
interface ChangedRow {
	readonly row: OwnerRow;
	/** Whether another owner's row at its address is later. */
	readonly hasEnded: boolean;
}

/** A row of gxproxy2, as far as the owners of addresses are concerned. */
export interface OwnerRow {
	readonly rowid: number;
	/** Made up if the row has none that is text: no session can name it, but its container has the address. */
	readonly key: string;
	readonly claim: Claim | undefined;
	/** Whether it names a container, but no port yet. */
	readonly isWaiting: boolean;
	/** Differs whenever the row does. */
	readonly print: string;
}

/** row: of `below` or `listed`. */
export function ownerRowOf(row: Row): OwnerRow {
	const { rowid, key, host, port, ids } = row;
	const print = JSON.stringify([rowid, key, host, port, ids]);
	return { print, ...claimIn(row) };
}

function claimIn(row: Row): Omit<OwnerRow, "print"> {
	const rowid = Number(row.rowid);
	const key = typeof row.key === "string" ? row.key : `\0${rowid}`;
	const route = routeOf(row.host, row.port);
	const claim = claimOf(key, route, row.ids, rowid);
	const isWaiting =
		route.kind === "not-ready" && ownerOf(row.ids) !== undefined;
	return { rowid, key, claim, isWaiting };
}

/** The longest values that are read, in characters: hosts have 253, keys 1,024 bytes, ids 64 per container. */
const LONGEST = { host: 300, key: 4_096, ids: 65_536 };

/** A column if it is text of a useful length. Without NUL, because some versions of the drivers cut the text there. */
function textOf(column: string, name: keyof typeof LONGEST): string {
	return (
		` CASE WHEN typeof(${column}) = 'text' AND length(${column}) <= ${LONGEST[name]}` +
		` AND instr(${column}, char(0)) = 0 THEN ${column} END AS ${name}`
	);
}

/** The port as text, because node:sqlite throws at an integer above 2^53. */
export const HOST_AND_PORT = `${textOf("own.host", "host")}, CASE WHEN typeof(own.port) <> 'blob' AND length(own.port) <= 20 AND instr(own.port, char(0)) = 0 THEN CAST(own.port AS TEXT) END AS port`;
/** A number that never makes the driver throw. Galaxy's rowids are exact in it. */
const ROWID = " CAST(own.rowid AS REAL) AS rowid";
const KEY = textOf("own.key", "key");
const IDS = textOf("own.container_ids", "ids");
const HAS_IDS =
	"SELECT 1 AS found FROM pragma_table_info('gxproxy2') WHERE name = 'container_ids'";

/** Rows of one page of the latest. A map of at most this size is read as a whole after each change, in under a millisecond. */
export const LATEST_ROWS = 500;
/** Rows per transaction of a long read: some milliseconds, so that writers are not held up. */
const SCAN_ROWS = 2000;

/** The statements that ask a gxproxy2 about the owners of its addresses. */
export type OwnerStatements = Readonly<ReturnType<typeof statementsFor>>;

const WITH_IDS = statementsFor(IDS);
const WITHOUT_IDS = statementsFor(" NULL AS ids");

function statementsFor(ids: string) {
	const select = `SELECT${ROWID},${KEY},${HOST_AND_PORT},${ids} FROM gxproxy2 AS own`;
	return {
		/** rowid and ids of `own`, to follow HOST_AND_PORT. */
		columns: `,${ROWID},${ids}`,
		/** LATEST_ROWS rows below a rowid, in descending order. */
		below: `${select} WHERE own.rowid < ? ORDER BY own.rowid DESC LIMIT ${LATEST_ROWS}`,
		/** SCAN_ROWS rows above a rowid. */
		above: `${select} WHERE own.rowid > ? ORDER BY own.rowid LIMIT ${SCAN_ROWS}`,
		/**
		 * The same rows in one text, which takes a driver a third of the time. `odd`: the number of rows with an unusual
		 * type; if there are any, the text is incomplete.
		 */
		packed:
			"SELECT count(*) AS count, group_concat(text, char(2)) AS rows, sum(isOdd) AS odd FROM (SELECT" +
			` CASE WHEN length(own.key) + length(own.host) + length(own.port) + length(ids) < ${LONGEST.key}` +
			" THEN own.rowid || char(1) || own.key || char(1) || own.host || char(1) || own.port || char(1) || ids END AS text," +
			" typeof(own.key) <> 'text' OR typeof(own.host) <> 'text' OR typeof(own.port) = 'blob' OR typeof(ids) <> 'text' AS isOdd" +
			` FROM (SELECT rowid, key, host, port, ${ids} FROM gxproxy2 AS own) AS own WHERE own.rowid > ? ORDER BY own.rowid LIMIT ${SCAN_ROWS})`,
		/** All rows above a rowid that have this port, in descending order. */
		atPort: `${select} WHERE own.rowid > ? AND CAST(own.port AS INTEGER) = ? ORDER BY own.rowid DESC`,
		/** The rows of a JSON list of rowids, in descending order. */
		listed: `${select} WHERE own.rowid IN (SELECT value FROM json_each(?)) ORDER BY own.rowid DESC`,
	};
}

/** Another program's gxproxy2 may have no container_ids. */
export function ownerStatements(database: Database): OwnerStatements {
	const hasIds = database.statement(HAS_IDS).get() !== undefined;
	return hasIds ? WITH_IDS : WITHOUT_IDS;
}

/** Whether, of the rows written after the claim, the latest one at its address belongs to another container. */
export function hasLaterOwner(
	{ address, owner, rowid }: Claim,
	{ database, statements }: Gxproxy2,
): boolean {
	const port = Number(address.slice(address.lastIndexOf(":") + 1));
	for (const row of database.statement(statements.atPort).all(rowid, port)) {
		const route = routeOf(row.host, row.port);
		if (route.kind !== "target" || addressOf(route.target) !== address)
			continue;
		const other = ownerOf(row.ids);
		if (other !== undefined) return other !== owner;
	}
	return false;
}

/** The result of reading the whole table. */
export interface Scan {
	readonly owners: AddressOwners;
	/** The rowids of rows that wait for their port, in ascending order. */
	readonly waiting: readonly number[];
}

/**
 * Reads the whole table in transactions of some milliseconds. A row that is written meanwhile may be read twice; the
 * second reading counts.
 */
export class OwnerScan {
	readonly #file: SqliteFile;
	readonly #owners = new AddressOwners();
	readonly #waiting: number[] = [];
	#last = -Number.MAX_VALUE;

	constructor(file: SqliteFile) {
		this.#file = file;
	}

	/** Reads more rows. Returns whether there may be others. @throws Unreadable; the call can then be repeated */
	step(): boolean {
		const rows = this.#file.read((database) => {
			const { packed, above } = ownerStatements(database);
			const row = database.statement(packed).get(this.#last);
			const rows = row && unpacked(row);
			return rows ?? database.statement(above).all(this.#last);
		});
		for (const row of rows) {
			const { rowid, claim, key, isWaiting } = claimIn(row);
			if (claim === undefined) this.#owners.drop(key);
			else this.#owners.put(claim);
			if (isWaiting) this.#waiting.push(rowid);
		}
		this.#last = Number(rows.at(-1)?.rowid);
		return rows.length === SCAN_ROWS;
	}

	/** To be called once step() has returned false. before: as in AddressOwners.settle() */
	end(before: AddressOwners | undefined, areRowidsNew: boolean): Scan {
		const owners = this.#owners.settle(before, areRowidsNew);
		return { owners, waiting: this.#waiting };
	}
}

/** The rows in `packed`; undefined if only `above` can read them. */
function unpacked({ count, rows, odd }: Row): Row[] | undefined {
	if (Number(count) === 0) return [];
	if (Number(odd) > 0 || typeof rows !== "string") return undefined;
	const found = rows.split("\u0002").map((row) => row.split("\u0001"));
	const isComplete =
		found.length === Number(count) && found.every((row) => row.length === 5);
	if (!isComplete) return undefined;
	return found.map(([rowid, key, host, port, ids]) => {
		return { rowid, key, host, port, ids };
	});
}

/** Reads the whole map synchronously, in threads and commands, where nothing else waits. */
export class ScannedOwners implements OwnerJudge {
	owners: AddressOwners | undefined;
	/** The file and schema of the last scan, and of the last look. */
	#scanned = "";
	#current = "";

	/** Claims that had ended at the last scan stay ended. @throws Unreadable */
	scan(file: SqliteFile): void {
		const scan = new OwnerScan(file);
		while (scan.step());
		const areRowidsNew = this.#scanned !== this.#current;
		this.#scanned = this.#current;
		this.learn(scan, areRowidsNew);
	}

	learn(scan: OwnerScan, areRowidsNew = false): void {
		this.owners = scan.end(this.owners, areRowidsNew).owners;
	}

	look(_: Gxproxy2, { file, schema }: Content): undefined {
		this.#current = `${file} ${schema}`;
	}

	take(): void {}

	lose(): void {}

	standingOf(claim: Claim, table: Gxproxy2): KnownStanding {
		const known = this.owners?.standingOf(claim) ?? "unseen";
		if (known !== "unseen") return known;
		// Written since the scan.
		return hasLaterOwner(claim, table) ? "ended" : "leads";
	}
}
