import { type Connected, showsContainer } from "../owners/address-owners.js";
import { ageOf, compareXids, nextXid } from "./transactions.js";

/** A row that has an address. */
export interface AddressRow {
	/** Unique to this version of the row: a row that is written again gets another id. */
	readonly id: string;
	/** The session key, undefined if no request can name the row. */
	readonly sessionKey: string | undefined;
	/** As addressOf() spells it. */
	readonly address: string;
	/** The number of the transaction that wrote it: 32 bits that begin again at 3. */
	readonly xmin: number;
}

export type RowStanding = "leads" | "ended" | "contested";

/** Knowledge about a row that the table does not contain. Sent to the other workers. */
export interface RowNote {
	/** believed: it was written later than the others, whose containers had no connection at that time. */
	readonly state: "ended" | "believed" | "doubted" | "seen";
	/** The row was missing at `since` and present at `seen`, in milliseconds of the steady clock. null stands for -Infinity: unknown. */
	readonly since: number | null;
	readonly seen: number;
	/** The session whose connection shows that a doubted row cannot be right. */
	readonly rival?: string;
}

/** From `first` to `last`, in milliseconds of the steady clock, `xmax` was the first transaction that had not begun. */
export interface Sample {
	readonly xmax: number;
	/** The true interval may begin earlier and end later. */
	readonly first: number;
	last: number;
}

/** Rows with one address that are written within these milliseconds are entry points of one tool. */
const COMPANIONS_MS = 5_000;
/** Ten minutes, at one look a second. For older rows of one address the notes say when they were written. */
const MOST_SAMPLES = 600;
/** As many as the supervisor keeps for workers. */
const MOST_NOTES = 10_000;
/**
 * Decides which rows still own their address (docs/decisions.md, 26), from all rows that have it now and from earlier
 * observations: the times at which transactions began, which show that rows were written together, and rows that had ended.
 */
export class AddressHistory {
	#samples: Sample[] = [];
	/** The first transaction that had not begun at the last look. */
	#next: number | undefined;
	/** The transactions that ran at the last look. */
	#running: readonly number[] = [];
	readonly #notes = new Map<string, RowNote>();
	readonly #doubted = new Set<string>();
	readonly #onNote: (id: string, note: RowNote | undefined) => void;

	/** @param onNote called for each new note, to send it to the other workers; undefined if the row is gone */
	constructor(onNote: (id: string, note: RowNote | undefined) => void) {
		this.#onNote = onNote;
	}

	/**
	 * @param end of a snapshot that was taken between `from` and `to`, perhaps before a transaction that runs
	 * @param running read after it: one that ended in between may have run at the last look
	 */
	sample(end: number, running: readonly number[], from: number, to: number) {
		const xmax = nextXid(end, [...running, ...this.#running]);
		this.#running = running;
		this.#next = xmax;
		const last = this.#samples.at(-1);
		if (last?.xmax === xmax) {
			last.last = from;
			return;
		}
		if (last !== undefined && compareXids(xmax, last.xmax) < 0)
			this.#samples = [];
		this.#samples.push({ xmax, first: to, last: from });
		if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
	}

	/** Positive if the row with `a` was written after the one with `b`. */
	compare(a: number, b: number): number {
		const next = this.#next;
		if (next === undefined) return compareXids(a, b);
		return Math.sign(ageOf(b, next) - ageOf(a, next)) || 0;
	}

	get samples(): readonly Sample[] {
		return this.#samples;
	}

	/** Adds another worker's samples from the time before this worker's first look. */
	useSamples(samples: readonly Sample[]): void {
		const [first] = this.#samples;
		const earlier = samples.filter(
			({ xmax }) => first === undefined || compareXids(xmax, first.xmax) < 0,
		);
		this.#samples = [...earlier, ...this.#samples].slice(-MOST_SAMPLES);
	}

	/** The table was replaced by another one, so nobody knows when its rows were written. */
	restart(): void {
		this.#samples = [];
	}

	/** From another worker. @returns whether it is new here */
	hear(id: string, note: RowNote | undefined): boolean {
		if (note === undefined) return this.#drop(id);
		const known = this.#notes.get(id);
		if (known !== undefined && RANKS[known.state] >= RANKS[note.state])
			return false;
		this.#keep(id, note);
		return true;
	}

	/** Whether a row is refused although it may be the right one of several with its address. */
	get hasDoubts(): boolean {
		return this.#doubted.size > 0;
	}

	/** The ids of rows that were refused when their address was last judged. */
	*refused(): Generator<string> {
		for (const [id, { state }] of this.#notes)
			if (state === "ended" || state === "doubted") yield id;
	}

	noteOf(id: string): RowNote | undefined {
		return this.#notes.get(id);
	}

	get notes(): ReadonlyMap<string, RowNote> {
		return this.#notes;
	}

	/** The row is not in the table any more. */
	forget(id: string): void {
		if (this.#drop(id)) this.#onNote(id, undefined);
	}

	#drop(id: string): boolean {
		this.#doubted.delete(id);
		return this.#notes.delete(id);
	}

	/**
	 * @param rows all rows with one address
	 * @param connected all workers' connections to that address; "unknown" if a worker did not answer
	 * @returns undefined if the answer depends on `connected`, which is unknown
	 */
	judge(
		rows: readonly AddressRow[],
		now: number,
		connected?: readonly Connected[] | "unknown",
	): ReadonlyMap<string, RowStanding> | undefined {
		const standings = new Map<string, RowStanding>();
		let leader: readonly AddressRow[] = [];
		for (const { rows: all, isTied } of this.#groupsOf(rows, now)) {
			for (const { id } of all) standings.set(id, "ended");
			const group = all.filter(({ id }) => this.noteOf(id)?.state !== "ended");
			if (group.length === 0) continue;
			if (leader.length > 0 && !this.#isBelieved(group)) {
				if (connected === undefined) return undefined;
				if (!this.#believe(group, leader, now, connected)) {
					for (const { id } of group) standings.set(id, "contested");
					continue;
				}
			}
			for (const { id } of leader) {
				this.#change(id, now, { state: "ended" });
				standings.set(id, "ended");
			}
			leader = group;
			const standing = isTied && group.length > 1 ? "contested" : "leads";
			for (const { id } of group) standings.set(id, standing);
		}
		return standings;
	}

	/** Believes the later rows, unless a rival's connection disproves them. */
	#believe(
		group: readonly AddressRow[],
		leader: readonly AddressRow[],
		now: number,
		connected: readonly Connected[] | "unknown",
	): boolean {
		if (connected === "unknown") return false;
		const rival = this.#rivalOf(group, leader, connected);
		for (const { id } of group)
			if (rival === undefined) this.#change(id, now, { state: "believed" });
			else this.#change(id, now, { state: "doubted", rival });
		return rival === undefined;
	}

	#isBelieved(group: readonly AddressRow[]): boolean {
		return group.every(({ id }) => this.noteOf(id)?.state === "believed");
	}

	/**
	 * The session of the leading rows that has had a connection to the container since before the later rows were there. A
	 * published port cannot change hands while its container lives.
	 */
	#rivalOf(
		group: readonly AddressRow[],
		leader: readonly AddressRow[],
		connected: readonly Connected[],
	): string | undefined {
		const seen = Math.min(
			...group.map(
				({ id }) => this.noteOf(id)?.seen ?? Number.POSITIVE_INFINITY,
			),
		);
		return connected.find((connection) => {
			const { sessionKey, openedAt } = connection;
			const row = leader.find((each) => each.sessionKey === sessionKey);
			if (row === undefined || openedAt >= seen) return false;
			const since = this.noteOf(row.id)?.since ?? null;
			return showsContainer(connection, since === null);
		})?.sessionKey;
	}

	/** Groups of rows in the order in which they were written: entry points of one tool, or rows of one transaction. */
	#groupsOf(rows: readonly AddressRow[], now: number): readonly Group[] {
		const groups: Group[] = [];
		const ordered = rows.toSorted((a, b) => this.compare(a.xmin, b.xmin));
		for (const row of ordered) {
			const { since, seen } =
				rows.length > 1 ? this.#noticed(row, now) : UNNOTICED;
			const last = groups.at(-1);
			// In a copied table all rows have the same number, although they were written separately.
			const isTied = last?.rows.at(-1)?.xmin === row.xmin;
			const isCompanion =
				last?.since !== undefined &&
				last.since !== null &&
				!last.isTied &&
				seen - last.since <= COMPANIONS_MS;
			if (last !== undefined && (isTied || isCompanion)) {
				last.rows.push(row);
				last.isTied ||= isTied;
			} else groups.push({ rows: [row], since, isTied: false });
		}
		return groups;
	}

	/** Notes when the row was written, because the samples will be forgotten. */
	#noticed({ id, xmin }: AddressRow, now: number): RowNote {
		const known = this.noteOf(id);
		if (known !== undefined) return known;
		const note: RowNote = { state: "seen", ...this.#windowOf(xmin, now) };
		this.#keep(id, note);
		this.#onNote(id, note);
		return note;
	}

	#windowOf(xmin: number, now: number): Pick<RowNote, "since" | "seen"> {
		const next = this.#samples.findIndex(
			({ xmax }) => this.compare(xmax, xmin) > 0,
		);
		if (next < 0)
			return { since: this.#samples.at(-1)?.last ?? null, seen: now };
		const seen = this.#samples[next]?.first ?? now;
		return { since: this.#samples[next - 1]?.last ?? null, seen };
	}

	#change(
		id: string,
		now: number,
		change: Pick<RowNote, "state"> & { rival?: string },
	): void {
		const { since, seen, state, rival } = this.noteOf(id) ?? {
			...UNNOTICED,
			seen: now,
		};
		if (state === change.state && rival === change.rival) return;
		const note = { since, seen, ...change };
		this.#keep(id, note);
		this.#onNote(id, note);
	}

	#keep(id: string, note: RowNote): void {
		this.#drop(id);
		this.#notes.set(id, note);
		if (note.state === "doubted") this.#doubted.add(id);
		if (this.#notes.size <= MOST_NOTES) return;
		const [oldest] = this.#notes.keys();
		if (oldest !== undefined) this.#drop(oldest);
	}
}

/** Of two states of a row, the one of higher rank is the later one. */
const RANKS = { seen: 0, doubted: 1, believed: 2, ended: 3 };

interface Group {
	readonly rows: AddressRow[];
	readonly since: number | null;
	isTied: boolean;
}

const UNNOTICED: RowNote = { state: "seen", since: null, seen: 0 };
