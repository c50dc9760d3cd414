import type { Standing } from "../owners/address-owners.js";
import {
	doubled,
	FIRST_LENGTH,
	HashIndex,
	hashOf,
	numbered,
	numberOf,
} from "../owners/hash-index.js";
import { ageOf } from "./transactions.js";

/** When a row was written, according to the server. */
export interface Written {
	/** The number of the transaction, which PostgreSQL counts in 32 bits and begins again. */
	readonly xmin: number;
	/** The time of its commit, in seconds; null if the server does not keep it. */
	readonly writtenAt: number | null;
}

/** Galaxy writes the rows of one tool's entry points within these seconds. The daemon uses the same limit. */
const TOGETHER_S = 5;
/**
 * Which row was written last at each address, according to the table alone; for commands. Takes about 50 bytes per address,
 * since a table may have a million.
 */
export class AddressLeaders {
	readonly #next: number;
	readonly #addresses = new HashIndex();
	/** For each address, by its number: the age order, the time (NaN if unknown) and the label (as a number) of its last row. */
	#orders = new Float64Array(FIRST_LENGTH);
	#times = new Float64Array(FIRST_LENGTH);
	#labels = new Uint32Array(FIRST_LENGTH);
	/** By address: the labels of its last rows, if one transaction wrote several of them. */
	readonly #tied = new Map<number, string[]>();
	/** By address: the times (null if unknown) of rows that were written before the last one, if there are any. */
	readonly #earlier = new Map<number, (number | null)[]>();

	/** @param next the number of the next transaction */
	constructor(next: number) {
		this.#next = next;
	}

	/** @param label of the session, as the log shows it */
	add(address: string, row: Written, label: string): void {
		const known = this.#addresses.size;
		const place = numbered(this.#addresses, hashOf(address));
		const order = this.#orderOf(row);
		if (place === known) {
			this.#grow();
			this.#lead(place, row, label);
			return;
		}
		const leading = this.#orders[place] as number;
		if (order < leading) this.#keepEarlier(place, 1, row.writtenAt);
		else if (order === leading) this.#tie(place, label);
		else {
			const before = this.#tied.get(place)?.length ?? 1;
			this.#keepEarlier(place, before, this.#timeAt(place));
			this.#tied.delete(place);
			this.#lead(place, row, label);
		}
	}

	/** @returns rivals: for an ended row the label of the last one, for a contested row all labels, including its own */
	standingOf(
		address: string,
		row: Written,
	): { readonly standing: Standing; readonly rivals: readonly string[] } {
		const place = numberOf(this.#addresses, hashOf(address));
		const tied = this.#tied.get(place);
		const order = this.#orderOf(row);
		// The row was written after this index was made, so it is the last one.
		if (place < 0 || order > (this.#orders[place] as number))
			return { standing: "leads", rivals: [] };
		if (order === this.#orders[place])
			return tied === undefined
				? { standing: "leads", rivals: [] }
				: { standing: "contested", rivals: tied };
		if (tied === undefined && this.#isTogether(place, row.writtenAt))
			return { standing: "leads", rivals: [] };
		const last = labelOf(this.#labels[place] as number);
		return { standing: "ended", rivals: [last] };
	}

	counts(): { readonly ended: number; readonly contested: number } {
		let ended = 0;
		for (const [place, rows] of this.#earlier)
			for (const writtenAt of rows)
				if (this.#tied.has(place) || !this.#isTogether(place, writtenAt))
					ended++;
		let contested = 0;
		for (const labels of this.#tied.values()) contested += labels.length;
		return { ended, contested };
	}

	#tie(place: number, label: string): void {
		const tied = this.#tied.get(place);
		if (tied !== undefined) tied.push(label);
		else this.#tied.set(place, [labelOf(this.#labels[place] as number), label]);
	}

	/** Higher for later rows; lowest for frozen ones. */
	#orderOf({ xmin }: Written): number {
		return -ageOf(xmin, this.#next);
	}

	#timeAt(place: number): number | null {
		const time = this.#times[place] as number;
		return Number.isNaN(time) ? null : time;
	}

	#isTogether(place: number, writtenAt: number | null): boolean {
		const last = this.#timeAt(place);
		return (
			last !== null && writtenAt !== null && last - writtenAt <= TOGETHER_S
		);
	}

	#lead(place: number, row: Written, label: string): void {
		this.#orders[place] = this.#orderOf(row);
		this.#times[place] = row.writtenAt ?? Number.NaN;
		this.#labels[place] = Number.parseInt(label, 16);
	}

	#keepEarlier(place: number, count: number, writtenAt: number | null): void {
		const rows = this.#earlier.get(place) ?? [];
		for (let row = 0; row < count; row++) rows.push(writtenAt);
		this.#earlier.set(place, rows);
	}

	#grow(): void {
		if (this.#addresses.size <= this.#orders.length) return;
		this.#orders = doubled(this.#orders);
		this.#times = doubled(this.#times);
		this.#labels = doubled(this.#labels);
	}
}

function labelOf(label: number): string {
	return label.toString(16).padStart(8, "0");
}
