import { addressOf, claimOf, ownerOf, routeOf } from "../row.js";
import type { Row } from "../sqlite-driver.js";
import type { Content, Database, SqliteFile } from "../sqlite-file.js";
import { AddressOwners, type Claim, type Standing } from "./address-owners.js";

/** Characters of the longest values that are read: hosts have 253, keys 1,024 bytes, ids 64 for each container. */
const LONGEST = { host: 300, key: 4_096, ids: 65_536 };

/** A column that holds text, without NUL, at which some of the drivers' versions cut it, and no longer than is of use. */
function textOf(column: string, name: keyof typeof LONGEST): string {
	return (
		` CASE WHEN typeof(${column}) = 'text' AND length(${column}) <= ${LONGEST[name]}` +
		` AND instr(${column}, char(0)) = 0 THEN ${column} END AS ${name}`
	);
}

/** The port as text, since node:sqlite throws at an integer beyond 2^53. */
export const PLACE = `${textOf("own.host", "host")}, CASE WHEN typeof(own.port) <> 'blob' AND length(own.port) <= 20 AND instr(own.port, char(0)) = 0 THEN CAST(own.port AS TEXT) END AS port`;
/** A number that does not throw, however large; Galaxy's rowids are exact in it. */
const ROWID = " CAST(own.rowid AS REAL) AS place";
const KEY = textOf("own.key", "key");
const IDS = textOf("own.container_ids", "ids");
const HAS_IDS =
	"SELECT 1 AS found FROM pragma_table_info('gxproxy2') WHERE name = 'container_ids'";

/** Rows of one page of the latest: a map of so many is read whole after each change, in less than a millisecond. */
export const LATEST_ROWS = 500;
/** Rows in one transaction of a long read: some milliseconds, so that writers are not held up. */
const SCAN_ROWS = 2000;

/** The statements that ask a gxproxy2 who owns its addresses. */
export interface OwnerStatements {
	/** place (the rowid) and ids of `own`, to follow PLACE. */
	readonly columns: string;
	/** LATEST_ROWS rows below a rowid, the latest first. */
	readonly below: string;
	/** SCAN_ROWS rows above a rowid. */
	readonly above: string;
	/**
	 * The same rows in one text, which a driver hands over in a third of the time. `odd`: how many have something that is
	 * not text where others have it; then the text tells too little.
	 */
	readonly packed: string;
	/** All rows above a rowid that have this port, the latest first. */
	readonly atPort: string;
	/** The rows of a JSON list of rowids, the latest first. */
	readonly listed: string;
}

const [WITH_IDS, WITHOUT_IDS] = [IDS, " NULL AS ids"].map(statementsFor) as [
	OwnerStatements,
	OwnerStatements,
];

function statementsFor(ids: string): OwnerStatements {
	const select = `SELECT${ROWID},${KEY},${PLACE},${ids} FROM gxproxy2 AS own`;
	return {
		columns: `,${ROWID},${ids}`,
		below: `${select} WHERE own.rowid < ? ORDER BY own.rowid DESC LIMIT ${LATEST_ROWS}`,
		above: `${select} WHERE own.rowid > ? ORDER BY own.rowid LIMIT ${SCAN_ROWS}`,
		packed:
			"SELECT count(*) AS count, max(place) AS place, group_concat(text, char(2)) AS rows," +
			" sum(isOdd) AS odd FROM (SELECT own.rowid AS place," +
			` CASE WHEN length(own.key) + length(own.host) + length(own.port) + length(ids) < ${LONGEST.key}` +
			" THEN own.rowid || char(1) || own.key || char(1) || own.host || char(1) || own.port || char(1) || ids END AS text," +
			" typeof(own.key) <> 'text' OR typeof(own.host) <> 'text' OR typeof(own.port) = 'blob' OR typeof(ids) <> 'text' AS isOdd" +
			` FROM (SELECT rowid, key, host, port, ${ids} FROM gxproxy2 AS own) AS own WHERE own.rowid > ? ORDER BY own.rowid LIMIT ${SCAN_ROWS})`,
		atPort: `${select} WHERE own.rowid > ? AND CAST(own.port AS INTEGER) = ? ORDER BY own.rowid DESC`,
		listed: `${select} WHERE own.rowid IN (SELECT value FROM json_each(?)) ORDER BY own.rowid DESC`,
	};
}

/** For the table as it is: another program's gxproxy2 may have no container_ids. */
export function ownerStatements(database: Database): OwnerStatements {
	const hasIds = database.statement(HAS_IDS).get() !== undefined;
	return hasIds ? WITH_IDS : WITHOUT_IDS;
}

/** A row, as far as it matters who owns its address. */
export interface OwnerRow {
	readonly rowid: number;
	/** One of our own where the row has none that is text: no session asks for it, but its container has the address. */
	readonly key: string;
	readonly claim: Claim | undefined;
	/** It names a container, but no port yet. */
	readonly isWaiting: boolean;
	/** Differs whenever the row does. */
	readonly print: string;
}

/** row: of `below`, `above` or `listed`. */
export function ownerRowOf(row: Row): OwnerRow {
	const rowid = Number(row.place);
	const print = JSON.stringify([rowid, row.key, row.host, row.port, row.ids]);
	return { rowid, print, ...standOf(rowid, row) };
}

/** What a row of this rowid claims. */
function standOf(
	rowid: number,
	{ key: found, host, port, ids }: Row,
): Omit<OwnerRow, "rowid" | "print"> {
	const key = typeof found === "string" ? found : `\0${rowid}`;
	const route = routeOf(host, port);
	return {
		key,
		claim: claimOf(key, route, ids, rowid),
		isWaiting: route.kind === "not-ready" && ownerOf(ids) !== undefined,
	};
}

/** The rows in `packed`; undefined where only `above` can tell them. */
function unpacked({ count, rows, odd }: Row): Row[] | undefined {
	if (Number(count) === 0) return [];
	if (Number(odd) > 0 || typeof rows !== "string") return undefined;
	const found = rows.split("\u0002").map((row) => row.split("\u0001"));
	const isWhole =
		found.length === Number(count) && found.every((row) => row.length === 5);
	if (!isWhole) return undefined;
	return found.map(([place, key, host, port, ids]) => ({
		place,
		key,
		host,
		port,
		ids,
	}));
}

/** Whether the latest row at the claim's address, among the rows written after it, is another container's. */
export function hasLaterOwner(
	{ address, owner, rowid }: Claim,
	database: Database,
	statements: OwnerStatements,
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

/** What a read of the whole table has found. */
export interface Scan {
	readonly owners: AddressOwners;
	/** The rowids of rows that wait for their port, in their order. */
	readonly waiting: readonly number[];
}

/**
 * Reads the whole table in transactions of some milliseconds. Rows that are written meanwhile may come twice, and then
 * the last reading counts.
 */
export class OwnerScan {
	readonly #file: SqliteFile;
	readonly #owners = new AddressOwners();
	readonly #waiting: number[] = [];
	#last = -Number.MAX_VALUE;

	constructor(file: SqliteFile) {
		this.#file = file;
	}

	/** Reads some rows more. Returns whether there may be others. @throws Unreadable; then it can be called again */
	step(): boolean {
		const rows = this.#file.read((database) => {
			const { packed, above } = ownerStatements(database);
			const row = database.statement(packed).get(this.#last);
			const rows = row && unpacked(row);
			return rows ?? database.statement(above).all(this.#last);
		});
		for (const row of rows) {
			const rowid = Number(row.place);
			const { claim, key, isWaiting } = standOf(rowid, row);
			if (claim === undefined) this.#owners.drop(key);
			else this.#owners.put(claim);
			if (isWaiting) this.#waiting.push(rowid);
		}
		this.#last = Number(rows.at(-1)?.place);
		return rows.length === SCAN_ROWS;
	}

	/**
	 * What was found, once step() has returned false.
	 * @param before what has ended in it has still ended
	 */
	end(before: AddressOwners | undefined, areRowidsNew: boolean): Scan {
		const owners = this.#owners.settle(before, areRowidsNew);
		return { owners, waiting: this.#waiting };
	}
}

/** A row that was changed where it is. */
interface Changed {
	readonly row: OwnerRow;
	/** Another owner's row at its address was written later. */
	readonly hasEnded: boolean;
}

/** What was read of content that is new. */
export interface Look {
	readonly content: Content;
	/** The latest rows first. */
	readonly latest: readonly OwnerRow[];
	/** How many of `latest` were written since the last look; undefined where that cannot be told. */
	readonly written: number | undefined;
	/** `latest` is the whole map. */
	readonly isWhole: boolean;
	readonly changed: readonly Changed[];
	/** The keys of rows that are not there any more, as far as the latest rows tell. */
	readonly gone: readonly string[];
}

/** Says what claims of a gxproxy2 are worth. */
export interface ClaimJudge {
	/** Reads what is new, in a transaction; take() learns it once it is sure that what was read belongs together. */
	look(
		database: Database,
		statements: OwnerStatements,
		content: Content,
	): Look | undefined;
	take(look: Look): void;
	/** A look has met damage: what is known of other rows does not hold any more. */
	lose(): void;
	/** Undefined where only a scan can tell, which has begun. */
	standingOf(
		claim: Claim,
		database: Database,
		statements: OwnerStatements,
	): Exclude<Standing, "unseen"> | undefined;
	/** Undefined until the whole map is known. */
	readonly owners: AddressOwners | undefined;
}

/** Reads the whole map here and now, for threads and commands, which nobody waits for. */
export class ScannedOwners implements ClaimJudge {
	owners: AddressOwners | undefined;
	/** The file and schema that were scanned. */
	#content = "";
	#contentNow = "";

	/** What had ended at the last scan has still ended. @throws Unreadable */
	scan(file: SqliteFile): void {
		const scan = new OwnerScan(file);
		while (scan.step());
		const areRowidsNew = this.#content !== this.#contentNow;
		this.#content = this.#contentNow;
		this.learn(scan, areRowidsNew);
	}

	learn(scan: OwnerScan, areRowidsNew = false): void {
		this.owners = scan.end(this.owners, areRowidsNew).owners;
	}

	look(_: Database, __: OwnerStatements, { file, schema }: Content): undefined {
		this.#contentNow = `${file} ${schema}`;
	}

	take(): void {}

	lose(): void {}

	standingOf(
		claim: Claim,
		database: Database,
		statements: OwnerStatements,
	): Exclude<Standing, "unseen"> {
		const known = this.owners?.standingOf(claim) ?? "unseen";
		if (known !== "unseen") return known;
		// It was written since the scan.
		return hasLaterOwner(claim, database, statements) ? "ended" : "leads";
	}
}
