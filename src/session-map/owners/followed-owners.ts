import type { Content, Database } from "../sqlite-file.js";
import { asUnreadable, type Unreadable } from "../unreadable.js";
import { AddressOwners, type Claim, type Standing } from "./address-owners.js";
import {
	type ClaimJudge,
	hasLaterOwner,
	LATEST_ROWS,
	type Look,
	type OwnerRow,
	type OwnerStatements,
	ownerRowOf,
	type Scan,
} from "./owner-rows.js";

/** Rows that are read at once behind a row, to tell who owns its address: three milliseconds. */
const NEAR_ROWS = 20_000;
/** Rows without a port that are looked at after each change, the latest. */
const WAITING_ROWS = 1000;
/** Pages of the latest rows that are searched for one that is known, before the map is scanned anew. */
const PAGES = 20;
/** A map that changes is scanned again at times, since another program than Galaxy may change rows where they are. */
const RESCAN_MS = 30_000;
/** A scan is repeated after so many times its own duration at the earliest. */
const RESCAN_SHARE = 50;
/** Milliseconds before a scan that has failed is tried again. */
const REST_MS = 1000;

/** Reads the whole map in another thread. @throws Unreadable */
export type ScanMap = (
	before: AddressOwners | undefined,
	areRowidsNew: boolean,
) => Promise<Scan>;

/**
 * Keeps the owners of a gxproxy2's addresses in step with the file. A small map is read whole after each change. Of a
 * larger one the latest rows are read, since every write of Galaxy's makes its row the latest, or fills one that waited
 * for its port; the rest comes from a scan in a thread, at the start and whenever the latest rows do not tell enough.
 */
export class SqliteOwners implements ClaimJudge {
	/** Moves on when a scan may have changed what claims are worth. */
	version = 0;
	readonly #scan: ScanMap;
	readonly #onScanned: () => void;
	#owners: AddressOwners | undefined;
	/** What was known when the latest rows stopped telling enough: what has ended in it has still ended. */
	#before: AddressOwners | undefined;
	#areRowidsNew = false;
	#content: Content | undefined;
	/** The latest rows as they were at the last look, by rowid. */
	#known: ReadonlyMap<number, OwnerRow> = new Map();
	#latestRowid = 0;
	readonly #waiting = new Set<number>();
	#scanning: Promise<void> | undefined;
	/** Content came during the scan of which nobody can tell what was written. */
	#isScanStale = false;
	/** What was learned during the scan. */
	#journal: ((owners: AddressOwners) => void)[] = [];
	#failure: Unreadable | undefined;
	#restsUntil = 0;
	#rescan: NodeJS.Timeout | undefined;
	#scanMs = 0;

	/** @param onScanned told when `version` has moved on */
	constructor(scan: ScanMap, onScanned: () => void) {
		this.#scan = scan;
		this.#onScanned = onScanned;
	}

	get owners(): AddressOwners | undefined {
		return this.#owners;
	}

	get isScanning(): boolean {
		return this.#scanning !== undefined;
	}

	/** Resolves when the scan under way is over. @throws Unreadable where the last one failed */
	async scanned(): Promise<void> {
		await this.#scanning;
		if (this.#failure !== undefined) throw this.#failure;
	}

	/** No scan is begun any more. */
	close(): void {
		clearTimeout(this.#rescan);
		this.#restsUntil = Number.POSITIVE_INFINITY;
	}

	look(
		database: Database,
		statements: OwnerStatements,
		content: Content,
	): Look {
		const latest: OwnerRow[] = [];
		let written: number | undefined;
		let isWhole = false;
		for (let page = 0; page < PAGES && written === undefined; page++) {
			const below = latest.at(-1)?.rowid ?? Number.MAX_VALUE;
			const rows = database.statement(statements.below).all(below);
			for (const each of rows) {
				const row = ownerRowOf(each);
				if (this.#known.get(row.rowid)?.print === row.print)
					written ??= latest.length;
				latest.push(row);
			}
			const isLast = rows.length < LATEST_ROWS;
			if (isLast) written ??= latest.length;
			isWhole = isLast && page === 0;
			// At the first look there is nothing to search for.
			if (this.#known.size === 0) break;
		}
		if (isWhole || written === undefined)
			return { content, latest, written, isWhole, changed: [], gone: [] };
		const lowest = latest.at(-1)?.rowid ?? 0;
		const waiting = [...this.#waiting].filter((rowid) => rowid < lowest);
		const filled = database
			.statement(statements.listed)
			.all(JSON.stringify(waiting))
			.map(ownerRowOf)
			.filter(({ isWaiting }) => !isWaiting);
		const changed = latest
			.slice(written)
			.filter(({ rowid, print }) => this.#known.get(rowid)?.print !== print);
		const withVerdict = [...changed, ...filled].map((row) => ({
			row,
			hasEnded:
				row.claim !== undefined &&
				hasLaterOwner(row.claim, database, statements),
		}));
		return {
			content,
			latest,
			written,
			isWhole,
			changed: withVerdict,
			gone: this.#goneFrom(latest),
		};
	}

	take(look: Look): void {
		const { content, latest, written, isWhole } = look;
		const hasMoved =
			this.#content !== undefined &&
			(content.schema !== this.#content.schema ||
				content.file !== this.#content.file);
		const isFollowed = written !== undefined && !hasMoved;
		this.#content = content;
		if (hasMoved) this.#areRowidsNew = true;
		if (isWhole) this.#takeWhole(latest);
		else if (isFollowed) this.#takeLatest(look, written);
		else this.lose();
		this.#remember(look);
		if (!isWhole && this.#owners === undefined) this.#startScan();
		else if (!isWhole) this.#planRescan();
	}

	standingOf(
		claim: Claim,
		database: Database,
		statements: OwnerStatements,
	): Exclude<Standing, "unseen"> | undefined {
		const known =
			this.#owners?.standingOf(claim) ??
			this.#before?.standingOf(claim, this.#areRowidsNew);
		const isSure = this.#owners !== undefined || known === "ended";
		if (isSure && known !== undefined && known !== "unseen") return known;
		if (this.#latestRowid - claim.rowid > NEAR_ROWS) {
			this.#startScan();
			return undefined;
		}
		const hasEnded = hasLaterOwner(claim, database, statements);
		this.#learn((owners) => owners.learnChanged(claim, hasEnded));
		return hasEnded ? "ended" : "leads";
	}

	#goneFrom(latest: readonly OwnerRow[]): string[] {
		const there = new Set(latest.map(({ key }) => key));
		const lowest = latest.at(-1)?.rowid ?? 0;
		return [...this.#known].flatMap(([rowid, { key }]) =>
			rowid >= lowest && !there.has(key) ? [key] : [],
		);
	}

	#takeWhole(latest: readonly OwnerRow[]): void {
		const owners = new AddressOwners();
		for (const { claim } of latest) if (claim !== undefined) owners.put(claim);
		const before = this.#owners ?? this.#before;
		this.#owners = owners.settle(before, this.#areRowidsNew);
		this.#before = undefined;
		this.#areRowidsNew = false;
		this.#isScanStale = true;
	}

	#takeLatest({ latest, changed, gone }: Look, written: number): void {
		const fresh = latest.slice(0, written);
		this.#learn((owners) => {
			const claims = fresh.flatMap(({ claim }) => claim ?? []);
			const unclaimed = fresh
				.filter(({ claim }) => claim === undefined)
				.map(({ key }) => key);
			const first = fresh.at(-1)?.rowid ?? this.#latestRowid + 1;
			owners.learnWritten(claims, first, [...unclaimed, ...gone]);
			for (const { row, hasEnded } of changed)
				if (row.claim === undefined) owners.forget(row.key);
				else owners.learnChanged(row.claim, hasEnded);
		});
	}

	/** Until the next scan only single rows can be told. */
	lose(): void {
		this.#before = this.#owners ?? this.#before;
		this.#owners = undefined;
		this.#isScanStale = true;
	}

	#remember({ latest, changed }: Look): void {
		const rows = latest.slice(0, LATEST_ROWS);
		this.#known = new Map(rows.map((row) => [row.rowid, row]));
		this.#latestRowid = rows[0]?.rowid ?? 0;
		for (const { row } of changed) this.#waiting.delete(row.rowid);
		for (const { rowid, isWaiting } of latest.toReversed())
			if (isWaiting) this.#wait(rowid);
			else this.#waiting.delete(rowid);
	}

	#wait(rowid: number): void {
		this.#waiting.add(rowid);
		if (this.#waiting.size <= WAITING_ROWS) return;
		const [first] = this.#waiting;
		if (first !== undefined) this.#waiting.delete(first);
	}

	#learn(lesson: (owners: AddressOwners) => void): void {
		if (this.#owners !== undefined) lesson(this.#owners);
		if (this.#scanning !== undefined) this.#journal.push(lesson);
	}

	#startScan(): void {
		const now = performance.now();
		if (this.#scanning !== undefined || now < this.#restsUntil) return;
		clearTimeout(this.#rescan);
		this.#rescan = undefined;
		this.#isScanStale = false;
		this.#journal = [];
		const before = this.#owners ?? this.#before;
		this.#scanning = this.#scan(before, this.#areRowidsNew).then(
			(scan) => {
				this.#scanMs = performance.now() - now;
				this.#scanning = undefined;
				this.#failure = undefined;
				this.#takeScan(scan);
			},
			(error) => {
				this.#scanning = undefined;
				this.#failure = asUnreadable(error);
				if (this.#restsUntil === Number.POSITIVE_INFINITY) return;
				this.#restsUntil = performance.now() + REST_MS;
				this.#rescanIn(REST_MS);
			},
		);
	}

	#takeScan({ owners, waiting }: Scan): void {
		const journal = this.#journal.splice(0);
		if (this.#isScanStale) {
			if (this.#owners === undefined) this.#startScan();
			return;
		}
		for (const lesson of journal) lesson(owners);
		for (const rowid of waiting.slice(-WAITING_ROWS)) this.#wait(rowid);
		this.#owners = owners;
		this.#before = undefined;
		this.#areRowidsNew = false;
		this.version++;
		this.#onScanned();
	}

	#planRescan(): void {
		const wait = Math.max(RESCAN_MS, RESCAN_SHARE * this.#scanMs);
		this.#rescanIn(wait);
	}

	#rescanIn(milliseconds: number): void {
		this.#rescan ??= setTimeout(() => {
			this.#rescan = undefined;
			this.#restsUntil = 0;
			this.#startScan();
		}, milliseconds).unref();
	}
}
