import { steadyNow, steadyOf } from "../../steady-clock.js";
import {
	type Columns,
	type KnownStanding,
	LONGEST,
	type OpenTable,
	type OwnerJudge,
	ownerOf,
	routeOf,
	type Table,
} from "../row.js";
import type { Row } from "../sqlite-driver.js";
import type { Content, SqliteFile } from "../sqlite-file.js";
import { AddressOwners, type Claim, OwnersData } from "./address-owners.js";

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
export function ownerRowOf(row: Row, table: Table): OwnerRow {
	const { rowid, key, host, port, ids } = row;
	const print = JSON.stringify([rowid, key, host, port, ids]);
	return { print, ...claimIn(row, table) };
}

function claimIn(row: Row, table: Table): Omit<OwnerRow, "print"> {
	const rowid = Number(row.rowid);
	const key = typeof row.key === "string" ? row.key : `\0${rowid}`;
	const claim = table.claimIn({ ...row, key });
	const isWaiting =
		claim === undefined &&
		ownerOf(row.ids) !== undefined &&
		routeOf(row.host, row.port).kind === "not-ready";
	return { rowid, key, claim, isWaiting };
}

/** Rows of one page of the latest. A map of at most this size is read as a whole after each change, in under a millisecond. */
export const LATEST_ROWS = 500;
/** Rows per transaction of a long read: some milliseconds, so that writers are not held up. */
const SCAN_ROWS = 2000;

const select = ({ table, key, all }: Columns) =>
	`SELECT${key},${all} FROM ${table.name} AS own`;
/** LATEST_ROWS rows below a rowid, in descending order. */
export const below = (columns: Columns) =>
	`${select(columns)} WHERE own.rowid < ? ORDER BY own.rowid DESC LIMIT ${LATEST_ROWS}`;
/** The rows of a JSON list of rowids, in descending order. */
export const listed = (columns: Columns) =>
	`${select(columns)} WHERE own.rowid IN (SELECT value FROM json_each(?)) ORDER BY own.rowid DESC`;
/** All rows above a rowid that have this port, in descending order. */
const atPort = (columns: Columns) =>
	`${select(columns)} WHERE own.rowid > ? AND CAST(own.port AS INTEGER) = ? ORDER BY own.rowid DESC`;
/** SCAN_ROWS rows above a rowid. */
const above = (columns: Columns) =>
	`${select(columns)} WHERE own.rowid > ? ORDER BY own.rowid LIMIT ${SCAN_ROWS}`;
/**
 * The same rows in one text, which takes a driver a third of the time. `odd`: the number of rows with an unusual type;
 * if there are any, the text is incomplete.
 */
const packed = ({ table, key, ids }: Columns) =>
	"SELECT count(*) AS count, group_concat(text, char(2)) AS rows, sum(isOdd) AS odd FROM (SELECT" +
	` CASE WHEN length(own.key) + length(own.host) + length(own.port) + length(ids) < ${LONGEST.key}` +
	" THEN own.rowid || char(1) || own.key || char(1) || own.host || char(1) || own.port || char(1) || ids END AS text," +
	" typeof(own.key) <> 'text' OR typeof(own.host) <> 'text' OR typeof(own.port) = 'blob' OR typeof(ids) <> 'text' AS isOdd" +
	` FROM (SELECT rowid,${key}, host, port,${ids} FROM ${table.name} AS own) AS own WHERE own.rowid > ? ORDER BY own.rowid LIMIT ${SCAN_ROWS})`;

/** Whether, of the rows written after the claim, the latest one at its address belongs to another container. */
export function hasLaterOwner(
	{ address, owner, rowid }: Claim,
	{ database, columns }: OpenTable,
): boolean {
	const port = Number(address.slice(address.lastIndexOf(":") + 1));
	for (const row of database.statement(atPort(columns)).all(rowid, port)) {
		const other = claimIn(row, columns.table).claim;
		if (other?.address === address) return other.owner !== owner;
	}
	return false;
}

/** The result of reading the whole table. */
export interface Scan {
	readonly owners: AddressOwners;
	/** The rowids of rows that wait for their port, in ascending order. */
	readonly waiting: readonly number[];
}

export type OwnerScan = ReturnType<typeof ownerScan>;

/**
 * Reads the whole table in transactions of some milliseconds. A row that is written meanwhile may be read twice; the
 * second reading counts.
 */
export function ownerScan(file: SqliteFile, table: Table) {
	const isOfTools = table.mode === "gxit";
	const owners = new AddressOwners(new OwnersData(isOfTools));
	const waiting: number[] = [];
	let last = -Number.MAX_VALUE;
	return {
		/** Reads more rows. Returns whether there may be others. @throws Unreadable; the call can then be repeated */
		step(): boolean {
			const rows = file.read((database) => {
				const columns = table.columnsIn(database);
				const row = database.statement(packed(columns)).get(last);
				const rows = row && unpacked(row);
				return rows ?? database.statement(above(columns)).all(last);
			});
			for (const row of rows) {
				const { rowid, claim, key, isWaiting } = claimIn(row, table);
				if (claim === undefined) owners.drop(key);
				else owners.put(claim);
				if (isWaiting) waiting.push(rowid);
			}
			last = Number(rows.at(-1)?.rowid);
			return rows.length === SCAN_ROWS;
		},
		/**
		 * To be called once step() has returned false. before: as in AddressOwners.settle(). since: a time at which rows
		 * unknown to `before` were not there yet, as in Appearance.
		 */
		end(
			before: AddressOwners | undefined,
			areRowidsNew: boolean,
			since = Number.NEGATIVE_INFINITY,
		): Scan {
			const appeared = { since, seen: steadyNow() };
			owners.settle(before, areRowidsNew, appeared);
			return { owners, waiting };
		},
	};
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

/** The owners of a map that is scanned at each change, in threads and commands, where nothing else waits. */
export class ScannedOwners implements OwnerJudge {
	owners: AddressOwners | undefined;
	/** Content.numbering at the last scan, and at the last look. */
	#scanned = "";
	#current = "";
	/** Content.since of the first look since the last scan, on the steady clock. */
	#since: number | undefined;

	/** As it was at the last scan. */
	get numbering(): string {
		return this.#scanned;
	}

	/** Claims that had ended at the last scan stay ended. */
	learn(scan: OwnerScan): void {
		const areRowidsNew = this.#scanned !== this.#current;
		this.#scanned = this.#current;
		this.owners = scan.end(this.owners, areRowidsNew, this.#since).owners;
		this.#since = undefined;
	}

	/** Only for tools. */
	wasEmpty(): void {
		this.owners ??= new AddressOwners(new OwnersData(true));
	}

	look(_: OpenTable, { numbering, since }: Content): undefined {
		this.#current = numbering;
		this.#since ??= steadyOf(since);
	}

	standingOf(claim: Claim, table: OpenTable): KnownStanding {
		const known = this.owners?.standingOf(claim) ?? "unseen";
		if (known !== "unseen") return known;
		// Written since the scan.
		return hasLaterOwner(claim, table) ? "ended" : "leads";
	}
}
