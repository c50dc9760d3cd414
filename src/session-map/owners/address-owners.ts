import {
	HashIndex,
	type HashIndexData,
	hashOf,
	roomFor,
} from "./hash-index.js";

// Over the house's 300 lines: its typed arrays belong together, and every rule about them is read in one place.

/** A row that leads to an address and names the container that it was written for. */
export interface Claim {
	readonly key: string;
	/** As addressOf() spells it. */
	readonly address: string;
	/** As ownerOf() spells it. */
	readonly owner: string;
	/** The rowid; 0 in a JSON map, which has none. */
	readonly rowid: number;
}

/** What a claim is worth. "unseen": this row has not been learned as it is now. */
export type Standing = "leads" | "ended" | "contested" | "unseen";

/** How many sessions are refused because of others at their address. */
export interface Counts {
	readonly ended: number;
	readonly contested: number;
}

/** Docker's default bridge has the same address on every Docker host. */
export type ConflictPlaces = "nowhere" | "on the bridge alone" | "elsewhere";

/** Marks of an address. */
const CONFLICT = 1;
const CONTESTED = 2;
const AT_BRIDGE = 4;
/** A claim on it has ended, whose former leader may be gone. */
const HAS_ENDED = 8;

const NO_ADDRESS = 0xffffffff;

/** The gateway of Docker's default bridge: the same address on every Docker host. */
const BRIDGE = "172.17.0.1:";

/**
 * Which rows still lead to their address. Docker hands a port out again only when its former container is gone, so of
 * claims on one address with different owners the one written last leads, and the others have ended
 * (docs/decisions.md, 26). A claim that has ended stays so until its row is written again, even when the claim that
 * ended it has gone.
 *
 * Each claim has an order; the higher one was written later. Equal orders mean that nobody knows: such claims are
 * contested. Texts are kept as hashes in typed arrays, so that a million rows take some 80 MB and can cross threads.
 */
export class AddressOwners {
	#rows: HashIndex;
	#rowids: Float64Array;
	#orders: Float64Array;
	#owners: Float64Array;
	#addresses: Uint32Array;
	/** 1: ended, whatever the other claims on the address are now. */
	#endedBefore: Uint8Array;

	#places: HashIndex;
	/** Of each address: the highest order, its owner, and the order below which even that owner's claims have ended. */
	#lastOrders: Float64Array;
	#lastOwners: Float64Array;
	#lastRows: Uint32Array;
	#since: Float64Array;
	#marks: Uint8Array;

	/** From a rowid on, what makes an order of it. */
	#shifts: Shift[];
	#nextOrder: number;
	/** Addresses with a conflict: on the gateway of Docker's default bridge, and elsewhere. */
	#conflictsAtBridge: number;
	#conflictsElsewhere: number;
	#counts: Counts | undefined;

	constructor(data?: OwnersData) {
		this.#rows = new HashIndex(data?.rows);
		this.#rowids = data?.rowids ?? new Float64Array(0);
		this.#orders = data?.orders ?? new Float64Array(0);
		this.#owners = data?.owners ?? new Float64Array(0);
		this.#addresses = data?.addresses ?? new Uint32Array(0);
		this.#endedBefore = data?.endedBefore ?? new Uint8Array(0);
		this.#places = new HashIndex(data?.places);
		this.#lastOrders = data?.lastOrders ?? new Float64Array(0);
		this.#lastOwners = data?.lastOwners ?? new Float64Array(0);
		this.#lastRows = data?.lastRows ?? new Uint32Array(0);
		this.#since = data?.since ?? new Float64Array(0);
		this.#marks = data?.marks ?? new Uint8Array(0);
		this.#shifts = [...(data?.shifts ?? [])];
		this.#nextOrder = data?.nextOrder ?? 1;
		this.#conflictsAtBridge = data?.conflictsAtBridge ?? 0;
		this.#conflictsElsewhere = data?.conflictsElsewhere ?? 0;
	}

	/** All of it, for another thread. */
	get data(): OwnersData {
		return {
			rows: this.#rows.data,
			rowids: this.#rowids,
			orders: this.#orders,
			owners: this.#owners,
			addresses: this.#addresses,
			endedBefore: this.#endedBefore,
			places: this.#places.data,
			lastOrders: this.#lastOrders,
			lastOwners: this.#lastOwners,
			lastRows: this.#lastRows,
			since: this.#since,
			marks: this.#marks,
			shifts: this.#shifts,
			nextOrder: this.#nextOrder,
			conflictsAtBridge: this.#conflictsAtBridge,
			conflictsElsewhere: this.#conflictsElsewhere,
		};
	}

	/** @param areRowidsNew a row is the same one under another rowid too, as in settle() */
	standingOf(claim: Claim, areRowidsNew = false): Standing {
		const row = this.#find(claim, areRowidsNew);
		return row < 0 ? "unseen" : this.#standing(row);
	}

	/** The order that the claim was learned with; undefined where it was not, or has changed. */
	orderOf(claim: Claim): number | undefined {
		const row = this.#find(claim);
		return row < 0 ? undefined : this.#orders[row];
	}

	/** Whether some of the claims on this address may not lead there. */
	mayRefuseAt(address: string): boolean {
		const place = this.#places.find(hashOf(address));
		if (place < 0) return false;
		return ((this.#marks[place] as number) & (CONFLICT | HAS_ENDED)) !== 0;
	}

	/** The rowid of the claim that leads at this address; undefined where there is none. */
	leaderAt(address: string): number | undefined {
		const place = this.#places.find(hashOf(address));
		if (place < 0) return undefined;
		return this.#rowids[this.#lastRows[place] as number];
	}

	/** Where claims contradict each other. */
	get conflicts(): ConflictPlaces {
		if (this.#conflictsElsewhere > 0) return "elsewhere";
		return this.#conflictsAtBridge > 0 ? "on the bridge alone" : "nowhere";
	}

	counts(): Counts {
		if (this.#counts !== undefined) return this.#counts;
		let ended = 0;
		let contested = 0;
		for (let row = 0; row < this.#rows.size; row++) {
			if (this.#addresses[row] === NO_ADDRESS) continue;
			const standing = this.#standing(row);
			if (standing === "ended") ended++;
			else if (standing === "contested") contested++;
		}
		this.#counts = { ended, contested };
		return this.#counts;
	}

	// ---- reading a whole map: put() each claim, then settle()

	/** A key that was put before is replaced. order: the rowid, unless the map has none. */
	put(claim: Claim, order = claim.rowid): void {
		const row = this.#rowFor(claim.key);
		this.#write(row, claim, order);
	}

	/** Takes back what was put for this key. */
	drop(key: string): void {
		const row = this.#rows.find(hashOf(key));
		if (row >= 0) this.#addresses[row] = NO_ADDRESS;
	}

	/**
	 * Works out who leads. What had ended according to `before` stays so, unless its row has been written since.
	 * @param areRowidsNew VACUUM, or another file, has given the rows other rowids: those tell nothing of a write
	 */
	settle(before: AddressOwners | undefined, areRowidsNew = false): this {
		for (let row = 0; row < this.#rows.size; row++) this.#offer(row);
		for (let row = 0; row < this.#rows.size; row++) this.#compare(row);
		this.#counts = undefined;
		if (before === undefined) return this;
		for (let row = 0; row < this.#rows.size; row++) {
			const old = before.#rows.find(this.#rows.hashAt(row));
			const hasEnded =
				old >= 0 &&
				this.#isSame(row, before, old, areRowidsNew) &&
				before.#standing(old) === "ended";
			if (hasEnded) this.#end(row);
		}
		return this;
	}

	/** The claim leads if it is the latest so far. */
	#offer(row: number): void {
		const place = this.#addresses[row] as number;
		const order = this.#orders[row] as number;
		if (place === NO_ADDRESS || order < (this.#lastOrders[place] as number))
			return;
		this.#lastOrders[place] = order;
		this.#lastOwners[place] = this.#owners[row] as number;
		this.#lastRows[place] = row;
	}

	#compare(row: number): void {
		const place = this.#addresses[row] as number;
		if (place === NO_ADDRESS || this.#owners[row] === this.#lastOwners[place])
			return;
		this.#mark(place, CONFLICT);
		if (this.#orders[row] === this.#lastOrders[place])
			this.#mark(place, CONTESTED);
	}

	/** As far as a written row's rowid shows that it was written. */
	#isSame(
		row: number,
		before: AddressOwners,
		old: number,
		areRowidsNew: boolean,
	): boolean {
		const place = this.#addresses[row] as number;
		const oldPlace = before.#addresses[old] as number;
		return (
			place !== NO_ADDRESS &&
			oldPlace !== NO_ADDRESS &&
			this.#places.hashAt(place) === before.#places.hashAt(oldPlace) &&
			this.#owners[row] === before.#owners[old] &&
			(areRowidsNew || this.#rowids[row] === before.#rowids[old])
		);
	}

	// ---- following a map that is known

	/**
	 * Learns the rows that were written since the last look.
	 * @param from the lowest rowid among all rows that were written, those without a claim too: SQLite gives the rowids of
	 * deleted rows at the end again
	 * @param gone keys whose row has gone, or has no claim any more
	 */
	learnWritten(
		claims: readonly Claim[],
		from: number,
		gone: readonly string[],
	): void {
		this.#shift(from);
		const since = this.#orderFor(from);
		/** Addresses whose leader has left. */
		const left = new Set<number>();
		const latestFirst = claims.toSorted((a, b) => b.rowid - a.rowid);
		for (const claim of latestFirst) {
			if (this.#find(claim) >= 0) continue;
			const row = this.#rowFor(claim.key);
			this.#leave(row, left);
			this.#write(row, claim, this.#orderFor(claim.rowid));
			this.#claim(row, since);
		}
		for (const key of gone) this.#leave(this.#rows.find(hashOf(key)), left);
		for (const place of left) this.#compareAnew(place);
	}

	/** Learns a row that was changed where it is. hasEnded: the row of another owner is later. */
	learnChanged(claim: Claim, hasEnded: boolean): void {
		const isNew = this.#find(claim) < 0;
		const row = this.#rowFor(claim.key);
		if (isNew) {
			const left = new Set<number>();
			this.#leave(row, left);
			const order = this.#orderFor(claim.rowid);
			this.#write(row, claim, order);
			this.#claim(row, order);
			for (const place of left) this.#compareAnew(place);
		}
		if (hasEnded === (this.#standing(row) === "ended")) return;
		const place = this.#addresses[row] as number;
		if (hasEnded) {
			this.#end(row);
			this.#mark(place, CONFLICT);
		} else if (isNew) {
			this.#dropLater(place, row);
			this.#compareAnew(place);
			this.#endedBefore[row] = 0;
		}
	}

	/** The session has no row any more, or one that names no container or no address. */
	forget(key: string): void {
		this.learnWritten([], this.#nextOrder, [key]);
	}

	/** Forgets other owners' claims that are later than this one: the map shows that they do not count any more. */
	#dropLater(place: number, row: number): void {
		const rowid = this.#rowids[row] as number;
		for (let other = 0; other < this.#rows.size; other++)
			if (
				this.#addresses[other] === place &&
				this.#owners[other] !== this.#owners[row] &&
				(this.#rowids[other] as number) > rowid
			)
				this.#addresses[other] = NO_ADDRESS;
	}

	#shift(from: number): void {
		this.#shifts = this.#shifts.filter((shift) => shift.from < from);
		const missing = this.#nextOrder - this.#orderFor(from);
		if (missing <= 0) return;
		this.#shifts.push({ from, by: this.#orderFor(from) - from + missing });
	}

	/** The order of a row: rows with a higher rowid were written later, and all of them later than what was there before. */
	#orderFor(rowid: number): number {
		const shift = this.#shifts.findLast(({ from }) => from <= rowid);
		return rowid + (shift?.by ?? 0);
	}

	/** The row is about to be another one, or none. left: gets its address, where it led there. */
	#leave(row: number, left: Set<number>): void {
		const place = this.#addresses[row] ?? NO_ADDRESS;
		if (place === NO_ADDRESS) return;
		if (this.#lastRows[place] === row) left.add(place);
		this.#addresses[row] = NO_ADDRESS;
		this.#counts = undefined;
	}

	/** Compares the claims on an address whose leader has left. Those that have ended stay so. */
	#compareAnew(place: number): void {
		const rows: number[] = [];
		for (let row = 0; row < this.#rows.size; row++)
			if (this.#addresses[row] === place) rows.push(row);
		for (const row of rows) if (this.#standing(row) === "ended") this.#end(row);
		this.#lastOrders[place] = Number.NEGATIVE_INFINITY;
		this.#since[place] = Number.NEGATIVE_INFINITY;
		this.#unmark(place);
		for (const row of rows) this.#offer(row);
		for (const row of rows) this.#compare(row);
	}

	/** `since`: the first order of this look. Claims of an owner who comes back stay ended if they are older. */
	#claim(row: number, since: number): void {
		const place = this.#addresses[row] as number;
		const order = this.#orders[row] as number;
		const isSameOwner = this.#lastOwners[place] === this.#owners[row];
		const hasOwner = this.#lastOrders[place] !== Number.NEGATIVE_INFINITY;
		if (hasOwner && !isSameOwner) this.#mark(place, CONFLICT);
		if (order < (this.#lastOrders[place] as number)) return;
		if (hasOwner && !isSameOwner) this.#since[place] = since;
		this.#lastOrders[place] = order;
		this.#lastOwners[place] = this.#owners[row] as number;
		this.#lastRows[place] = row;
	}

	#find({ key, address, owner, rowid }: Claim, areRowidsNew = false): number {
		const row = this.#rows.find(hashOf(key));
		if (row < 0) return -1;
		if (!areRowidsNew && this.#rowids[row] !== rowid) return -1;
		const place = this.#addresses[row] as number;
		const isSame =
			place !== NO_ADDRESS &&
			this.#places.hashAt(place) === hashOf(address) &&
			this.#owners[row] === hashOf(owner);
		return isSame ? row : -1;
	}

	#standing(row: number): Standing {
		if (this.#endedBefore[row] === 1) return "ended";
		const place = this.#addresses[row] as number;
		const order = this.#orders[row] as number;
		const last = this.#lastOrders[place] as number;
		const isOwner =
			this.#owners[row] === this.#lastOwners[place] &&
			order >= (this.#since[place] as number);
		if (order !== last && !isOwner) return "ended";
		return ((this.#marks[place] as number) & CONTESTED) === 0
			? "leads"
			: "contested";
	}

	#rowFor(key: string): number {
		const row = this.#rows.add(hashOf(key));
		this.#rowids = roomFor(this.#rowids, row);
		this.#orders = roomFor(this.#orders, row);
		this.#owners = roomFor(this.#owners, row);
		const known = this.#addresses.length;
		this.#addresses = roomFor(this.#addresses, row);
		this.#addresses.fill(NO_ADDRESS, known);
		this.#endedBefore = roomFor(this.#endedBefore, row);
		return row;
	}

	#write(row: number, claim: Claim, order: number): void {
		this.#rowids[row] = claim.rowid;
		this.#orders[row] = order;
		this.#owners[row] = hashOf(claim.owner);
		this.#addresses[row] = this.#placeFor(claim.address);
		this.#endedBefore[row] = 0;
		this.#nextOrder = Math.max(this.#nextOrder, order + 1);
		this.#counts = undefined;
	}

	#placeFor(address: string): number {
		const known = this.#places.size;
		const place = this.#places.add(hashOf(address));
		if (place < known) return place;
		this.#lastOrders = roomFor(this.#lastOrders, place);
		this.#lastOwners = roomFor(this.#lastOwners, place);
		this.#lastRows = roomFor(this.#lastRows, place);
		this.#since = roomFor(this.#since, place);
		this.#marks = roomFor(this.#marks, place);
		this.#lastOrders[place] = Number.NEGATIVE_INFINITY;
		this.#since[place] = Number.NEGATIVE_INFINITY;
		this.#marks[place] = address.startsWith(BRIDGE) ? AT_BRIDGE : 0;
		return place;
	}

	/** Whatever becomes of the claim that leads. */
	#end(row: number): void {
		this.#endedBefore[row] = 1;
		this.#mark(this.#addresses[row] as number, HAS_ENDED);
	}

	#unmark(place: number): void {
		const marks = this.#marks[place] as number;
		this.#marks[place] = marks & (AT_BRIDGE | HAS_ENDED);
		if ((marks & CONFLICT) === 0) return;
		if ((marks & AT_BRIDGE) !== 0) this.#conflictsAtBridge--;
		else this.#conflictsElsewhere--;
	}

	#mark(place: number, mark: number): void {
		const marks = this.#marks[place] as number;
		this.#counts = undefined;
		if ((marks & mark) !== 0) return;
		this.#marks[place] = marks | mark;
		if (mark !== CONFLICT) return;
		if ((marks & AT_BRIDGE) !== 0) this.#conflictsAtBridge++;
		else this.#conflictsElsewhere++;
	}
}

interface Shift {
	readonly from: number;
	readonly by: number;
}

/** As it crosses threads. */
export interface OwnersData {
	readonly rows: HashIndexData;
	readonly rowids: Float64Array;
	readonly orders: Float64Array;
	readonly owners: Float64Array;
	readonly addresses: Uint32Array;
	readonly endedBefore: Uint8Array;
	readonly places: HashIndexData;
	readonly lastOrders: Float64Array;
	readonly lastOwners: Float64Array;
	readonly lastRows: Uint32Array;
	readonly since: Float64Array;
	readonly marks: Uint8Array;
	readonly shifts: readonly Shift[];
	readonly nextOrder: number;
	readonly conflictsAtBridge: number;
	readonly conflictsElsewhere: number;
}
