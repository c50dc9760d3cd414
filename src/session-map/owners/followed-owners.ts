// Longer than 300 lines: the rules of following a map without a full read depend on each other.

import { steadyNow, steadyOf } from "../../steady-clock.js";
import type { MapThread } from "../map-thread.js";
import type { KnownStanding, OpenTable, OwnerJudge } from "../row.js";
import { ASK_AGAIN_MS, type SharedOwners } from "../shared-owners.js";
import type { Content } from "../sqlite-file.js";
import { Unreadable } from "../unreadable.js";
import {
	AddressOwners,
	type Appearance,
	type Claim,
	type Connected,
	OwnersData,
} from "./address-owners.js";
import { hashOf } from "./hash-index.js";
import { OwnerFacts, type OwnerNews } from "./owner-facts.js";
import {
	below,
	hasLaterOwner,
	LATEST_ROWS,
	listed,
	type OwnerRow,
	ownerRowOf,
	type Scan,
} from "./owner-rows.js";

/** How many later rows are read at once to find the owner of a row's address: three milliseconds. */
const NEAR_ROWS = 20_000;
/** Rows without a port, the latest ones, that are looked at after each change. */
const WAITING_ROWS = 1000;
/** Pages of the latest rows that are searched for a known one before the map is scanned again. */
const PAGES = 20;
/** Milliseconds between scans of a map that changes, because a program other than Galaxy may update rows in place. */
const RESCAN_MS = 30_000;
/** A scan starts at the earliest after so many times the duration of the last one. */
const RESCAN_SHARE = 50;
/** Milliseconds before a scan that has failed is tried again. */
const REST_MS = 1000;

interface Known {
	/** "lost": until the next scan, only single rows can be judged. Claims that had ended in `owners` are still ended. */
	readonly kind: "whole" | "lost";
	readonly owners: AddressOwners | undefined;
	/** Never while "whole". */
	readonly areRowidsNew: boolean;
}

type Scanning =
	| { readonly kind: "idle" | "closed" }
	| { readonly kind: "failed"; readonly failure: Unreadable; until: number }
	| Running;

interface Running {
	readonly kind: "running";
	readonly done: Promise<void>;
	/** Lessons learned during the scan, to be repeated on its result. */
	readonly lessons: Lesson[];
	/** Whether the content changed during the scan in an unknown way. */
	isStale: boolean;
}

type Lesson = (owners: AddressOwners) => void;

/** New content, as far as it was read. */
interface Look {
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

/**
 * Keeps the owners of a gxproxy2's addresses in step with the file. A small map is read as a whole after each change. Of
 * a larger one the latest rows are read, because Galaxy only adds rows at the end and fills in rows that wait for their
 * port. The rest comes from a scan in a thread, at the start and whenever the latest rows are not enough.
 */
export class FollowedOwners implements OwnerJudge {
	readonly #scan: MapThread["scan"];
	readonly #onScanned: () => void;
	readonly #connections: (() => Iterable<Connected>) | undefined;
	#known: Known = { kind: "lost", owners: undefined, areRowidsNew: false };
	#scanning: Scanning = { kind: "idle" };
	/** Content.numbering at the last look. */
	#numbering: string | undefined;
	/** The latest rows at the last look, by rowid. */
	#latest: ReadonlyMap<number, OwnerRow> = new Map();
	#latestRowid = 0;
	readonly #waiting = new Set<number>();
	#rescan: NodeJS.Timeout | undefined;
	#scanMs = 0;
	/** Undefined in a single process. */
	readonly #shared: SharedOwners | undefined;
	readonly #facts = new OwnerFacts();
	/** The question to the other workers that is not answered yet. */
	#asking: Promise<void> | undefined;
	#askAgain: NodeJS.Timeout | undefined;

	/**
	 * @param onScanned called when the standing of claims may have changed although the content has not
	 * @param connections the proxy's; undefined for environments
	 * @param shared for a worker among others
	 */
	constructor(
		scan: MapThread["scan"],
		onScanned: () => void,
		connections?: () => Iterable<Connected>,
		shared?: SharedOwners,
	) {
		this.#scan = scan;
		this.#onScanned = onScanned;
		this.#connections = connections;
		this.#shared = shared;
		shared?.onNews((news) => this.#hear(news));
	}

	get owners(): AddressOwners | undefined {
		return this.#known.kind === "whole" ? this.#known.owners : undefined;
	}

	get #isOfTools(): boolean {
		return this.#connections !== undefined;
	}

	get isScanning(): boolean {
		return this.#scanning.kind === "running";
	}

	/** Waits for the current scan, and for other workers' answers. @throws Unreadable if the last one failed */
	async scanned(): Promise<void> {
		await this.#asking;
		if (this.#scanning.kind === "running") await this.#scanning.done;
		if (this.#scanning.kind === "failed") throw this.#scanning.failure;
		if (this.#scanning.kind === "closed")
			throw new Unreadable("The session map is closed.", true);
	}

	/** To be called when a connection of the proxy's has ended. */
	connectionEnded(): void {
		if (this.#resolve()) this.#onScanned();
	}

	/** @returns whether doubted rows are believed now */
	#resolve(): boolean {
		if (this.#shared === undefined)
			return this.owners?.resolve(this.#connections) ?? false;
		const { owners } = this;
		const isDue = this.#askAgain === undefined || owners?.hasUnasked === true;
		if (owners?.hasDoubts === true && isDue) this.#ask(this.#shared);
		return false;
	}

	// ---- agreeing with other workers

	/** Asks for their connections to the addresses of doubted rows, and again as long as there are doubts. */
	#ask(shared: SharedOwners): void {
		if (this.#asking !== undefined || this.#scanning.kind === "closed") return;
		clearTimeout(this.#askAgain);
		this.#askAgain = undefined;
		this.#asking = this.#resolveWith(shared).finally(() => {
			this.#asking = undefined;
			if (this.owners?.hasUnasked === true) this.#ask(shared);
			else if (this.owners?.hasDoubts === true)
				this.#askAgain = setTimeout(() => {
					this.#askAgain = undefined;
					this.#ask(shared);
				}, ASK_AGAIN_MS).unref();
		});
	}

	async #resolveWith(shared: SharedOwners): Promise<void> {
		const addresses = this.owners?.doubtedAddresses() ?? [];
		const others = await shared.connectionsAt(addresses);
		const { owners } = this;
		if (owners === undefined || this.#scanning.kind === "closed") return;
		owners.asked(addresses);
		if (others === undefined) return;
		const open = [...(this.#connections?.() ?? []), ...others];
		const { length: before } = owners.confirmedDoubts();
		const isAnyBelieved = owners.resolve(() => open);
		if (isAnyBelieved) this.#tell(owners);
		// The log names doubts once they are confirmed.
		if (isAnyBelieved || owners.confirmedDoubts().length > before)
			this.#onScanned();
	}

	#hear(news: OwnerNews): void {
		if (!this.#facts.hear(news)) {
			this.#shared?.tell(this.#facts.takeNews());
			return;
		}
		const { owners } = this;
		if (owners === undefined) return;
		const numbering = this.#numbering ?? "";
		const occasion = { numbering, seen: steadyNow() };
		if (!this.#facts.agree(owners, occasion)) return;
		this.#resolve();
		this.#onScanned();
	}

	/** New content is known. */
	#share(isFirst: boolean): void {
		const { owners } = this;
		if (this.#shared === undefined || owners === undefined) return;
		this.#facts.share(owners, { numbering: this.#numbering ?? "", isFirst });
		this.#shared.tell(this.#facts.takeNews());
	}

	#tell(owners: AddressOwners): void {
		const numbering = this.#numbering ?? "";
		this.#facts.note(owners, { numbering, seen: steadyNow() });
		this.#shared?.tell(this.#facts.takeNews());
	}

	/** Starts no more scans. */
	close(): void {
		clearTimeout(this.#rescan);
		clearTimeout(this.#askAgain);
		this.#scanning = { kind: "closed" };
	}

	look(table: OpenTable, content: Content): () => void {
		const look = this.#look(table);
		return () => this.#take(look, content);
	}

	#look(table: OpenTable): Look {
		const look = this.#readLatest(table);
		const { latest, written, isWhole } = look;
		if (isWhole || written === undefined) return look;
		const lowest = latest.at(-1)?.rowid ?? 0;
		const waiting = [...this.#waiting].filter((rowid) => rowid < lowest);
		const filled = table.database
			.statement(listed(table.columns))
			.all(JSON.stringify(waiting))
			.map((row) => ownerRowOf(row, table.columns.table))
			.filter(({ isWaiting }) => !isWaiting);
		const updated = latest.slice(written).filter((row) => !this.#isKnown(row));
		const changed = [...updated, ...filled].map((row) => ({
			row,
			hasEnded: row.claim !== undefined && hasLaterOwner(row.claim, table),
		}));
		const gone = this.#goneFrom(latest);
		return { ...look, changed, gone };
	}

	/** Reads the latest rows down to one that is known. */
	#readLatest({ database, columns }: OpenTable): Look {
		const latest: OwnerRow[] = [];
		let written: number | undefined;
		let isWhole = false;
		for (let page = 0; page < PAGES && written === undefined; page++) {
			const lowest = latest.at(-1)?.rowid ?? Number.MAX_VALUE;
			const rows = database.statement(below(columns)).all(lowest);
			for (const each of rows) {
				const row = ownerRowOf(each, columns.table);
				if (this.#isKnown(row)) written ??= latest.length;
				latest.push(row);
			}
			const isLast = rows.length < LATEST_ROWS;
			if (isLast) written ??= latest.length;
			isWhole = isLast && page === 0;
			// The first look has nothing to search for.
			if (this.#latest.size === 0) break;
		}
		return { latest, written, isWhole, changed: [], gone: [] };
	}

	#take(look: Look, { numbering, since }: Content): void {
		const { latest, written, isWhole } = look;
		const appeared = { since: steadyOf(since), seen: steadyNow() };
		const hasMoved = numbering !== (this.#numbering ?? numbering);
		this.#numbering = numbering;
		if (hasMoved) this.lose(true);
		const isFirst = this.#known.owners === undefined;
		if (isWhole) this.#takeWhole(latest, appeared);
		else if (written === undefined || hasMoved) this.lose();
		else this.#takeLatest(look, written, appeared);
		this.#share(isFirst);
		this.#resolve();
		this.#remember(look);
		if (isWhole) return;
		if (this.#known.kind === "lost") this.#startScan();
		else this.#rescanIn(Math.max(RESCAN_MS, RESCAN_SHARE * this.#scanMs));
	}

	wasEmpty(): void {
		if (this.#known.owners !== undefined) return;
		const owners = new AddressOwners(new OwnersData(this.#isOfTools));
		this.#known = { ...this.#known, owners };
	}

	lose(hasMoved = false): void {
		const { owners, areRowidsNew } = this.#known;
		this.#known = {
			kind: "lost",
			owners,
			areRowidsNew: areRowidsNew || hasMoved,
		};
		this.#expireScan();
	}

	standingOf(claim: Claim, table: OpenTable): KnownStanding | undefined {
		const { kind, owners, areRowidsNew } = this.#known;
		const known = owners?.standingOf(claim, areRowidsNew) ?? "unseen";
		if (this.#asking !== undefined && owners?.isUnasked(claim))
			return undefined;
		if (kind === "lost" && this.#mustWait(claim)) {
			this.#startScan();
			return undefined;
		}
		if (known !== "unseen" && (kind === "whole" || known !== "leads"))
			return known;
		if (this.#latestRowid - claim.rowid > NEAR_ROWS) {
			this.#startScan();
			return undefined;
		}
		const hasEnded = hasLaterOwner(claim, table);
		// The later row may be a companion, which the scan will know.
		if (hasEnded && known === "leads" && this.#isOfTools) {
			this.#startScan();
			return undefined;
		}
		this.#learn((owners) => owners.learnChanged(claim, hasEnded));
		return hasEnded ? "ended" : "leads";
	}

	/** A worker that has just started cannot judge a row alone if others may know more. */
	#mustWait({ address }: Claim): boolean {
		if (this.#shared === undefined) return false;
		const isFirst = this.#isOfTools && this.#known.owners === undefined;
		return isFirst || this.#facts.hasPendingAt(hashOf(address));
	}

	#isKnown({ rowid, print }: OwnerRow): boolean {
		return this.#latest.get(rowid)?.print === print;
	}

	#goneFrom(latest: readonly OwnerRow[]): string[] {
		const present = new Set(latest.map(({ key }) => key));
		const lowest = latest.at(-1)?.rowid ?? 0;
		return [...this.#latest].flatMap(([rowid, { key }]) =>
			rowid >= lowest && !present.has(key) ? [key] : [],
		);
	}

	#takeWhole(latest: readonly OwnerRow[], appeared: Appearance): void {
		const owners = new AddressOwners(new OwnersData(this.#isOfTools));
		for (const { claim } of latest) if (claim !== undefined) owners.put(claim);
		owners.settle(this.#known.owners, this.#known.areRowidsNew, appeared);
		this.#known = { kind: "whole", owners, areRowidsNew: false };
		this.#expireScan();
	}

	#takeLatest(
		{ latest, changed, gone }: Look,
		written: number,
		appeared: Appearance,
	): void {
		const fresh = latest.slice(0, written);
		this.#learn((owners) => {
			const claims = fresh.flatMap(({ claim }) => claim ?? []);
			const unclaimed = fresh
				.filter(({ claim }) => claim === undefined)
				.map(({ key }) => key);
			const first = fresh.at(-1)?.rowid ?? this.#latestRowid + 1;
			owners.learnWritten(claims, first, [...unclaimed, ...gone], appeared);
			for (const { row, hasEnded } of changed)
				if (row.claim === undefined) owners.forget(row.key);
				else owners.learnChanged(row.claim, hasEnded);
		});
	}

	#remember({ latest, changed }: Look): void {
		const rows = latest.slice(0, LATEST_ROWS);
		this.#latest = new Map(rows.map((row) => [row.rowid, row]));
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

	#learn(lesson: Lesson): void {
		if (this.owners !== undefined) lesson(this.owners);
		if (this.#scanning.kind === "running") this.#scanning.lessons.push(lesson);
	}

	#expireScan(): void {
		if (this.#scanning.kind === "running") this.#scanning.isStale = true;
	}

	#startScan(): void {
		const scanning = this.#scanning;
		if (scanning.kind === "running" || scanning.kind === "closed") return;
		if (scanning.kind === "failed" && performance.now() < scanning.until)
			return;
		clearTimeout(this.#rescan);
		this.#rescan = undefined;
		this.#scanning = {
			kind: "running",
			done: this.#runScan(),
			lessons: [],
			isStale: false,
		};
	}

	async #runScan(): Promise<void> {
		const started = performance.now();
		const { owners, areRowidsNew } = this.#known;
		try {
			const scan = await this.#scan(owners, areRowidsNew);
			this.#scanMs = performance.now() - started;
			if (this.#scanning.kind === "running")
				this.#takeScan(scan, this.#scanning, owners === undefined);
		} catch (failure) {
			if (!(failure instanceof Unreadable)) throw failure;
			if (this.#scanning.kind === "closed") return;
			const until = performance.now() + REST_MS;
			this.#scanning = { kind: "failed", failure, until };
			this.#rescanIn(REST_MS);
		}
	}

	#takeScan(
		{ owners, waiting }: Scan,
		{ lessons, isStale }: Running,
		isFirst: boolean,
	): void {
		this.#scanning = { kind: "idle" };
		if (isStale) {
			if (this.#known.kind === "lost") this.#startScan();
			return;
		}
		for (const lesson of lessons) lesson(owners);
		for (const rowid of waiting.slice(-WAITING_ROWS)) this.#wait(rowid);
		this.#known = { kind: "whole", owners, areRowidsNew: false };
		this.#share(isFirst);
		this.#resolve();
		this.#onScanned();
	}

	#rescanIn(milliseconds: number): void {
		this.#rescan ??= setTimeout(() => {
			this.#rescan = undefined;
			if (this.#scanning.kind === "failed") this.#scanning = { kind: "idle" };
			this.#startScan();
		}, milliseconds).unref();
	}
}
