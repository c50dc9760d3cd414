// Longer than 300 lines: its typed arrays belong together, and every rule about them is read in one place.
import type { Refusals } from "../../route.js";
import {
	doubled,
	FIRST_LENGTH,
	HashIndex,
	hashOf,
	numbered,
	numberOf,
} from "./hash-index.js";

/** A row that has an address and names the container that it was written for. */
export interface Claim {
	readonly key: string;
	/** As addressOf() spells it. */
	readonly address: string;
	/** As ownerOf() spells it. */
	readonly owner: string;
	/** 0 in a JSON map, which has none. */
	readonly rowid: number;
}

/** Whether a claim gives its session a route. "unseen": the row in its present form is not known. */
export type Standing = "leads" | "ended" | "contested" | "unseen";

/** Sessions that are refused because of others at their address. */
export interface Counts {
	readonly ended: number;
	readonly contested: number;
	/** All rows; undefined where they are not counted. */
	readonly rows?: number;
}

/** Docker's default bridge has the same address on every Docker host. */
export type ConflictPlaces = "nowhere" | "on the bridge alone" | "elsewhere";

/** When a row was first seen: it was not there at `since`, and it was at `seen`. In milliseconds of steadyNow(). */
export interface Appearance {
	readonly since: number;
	readonly seen: number;
}

/** A connection of the proxy's, on the clock of steadyNow(). */
export interface Connected {
	readonly sessionKey: string;
	/** As addressOf() spells it. */
	readonly address: string;
	readonly openedAt: number;
	readonly refusals: Refusals;
}

/**
 * Whether the connection may show that the container that its session's row was written for is still there. A target that
 * accepted no connection for a while may be another container since: of a row that was there before this process, at any
 * time; of another one, once it had answered.
 */
export function showsContainer(
	{ refusals }: Connected,
	wasThereAtStart: boolean,
): boolean {
	if (refusals === "none") return true;
	return refusals === "at first" && !wasThereAtStart;
}

/**
 * The standing of a row that a plain read of the map may not show, for other workers. Rows are named by hashes, as in
 * OwnersData.
 */
export interface RowFact {
	readonly key: number;
	readonly address: number;
	/** The row's containers; of a tool its group. */
	readonly owner: number;
	readonly rowid: number;
	/** Of a JSON map, which has no rowids; else 0. */
	readonly order: number;
	readonly state: "leads" | "ended" | "doubted";
	/** When it was found, in milliseconds of steadyNow(); of a doubted row, when that was first seen. */
	readonly at: number;
	/** Of a tool: a time before which no row of its group was there. */
	readonly since?: number;
}

/** A tool's row that is not believed, because the container that another row was written for still has its address. */
export interface Doubt {
	seen: number;
	/** The session key of the row; undefined if it was found by a scan. */
	readonly sessionKey: string | undefined;
	/** The session that has a connection to the container. */
	rival: string;
	/** Whether the other workers have been asked for such connections. */
	isAsked?: boolean;
	/** Whether the row was there at this worker's first read: the others know better, and are not told. */
	readonly isOwn?: boolean;
}

/** Rows with one address that appear within these milliseconds are entry points of one tool. Galaxy writes them together. */
const COMPANIONS_MS = 5_000;
/** Addresses whose last appearance is remembered. */
const MOST_APPEARED = 1_000;
/** Rows of a map of which all facts are told; of a larger one only the ones that its rows do not show. */
const MOST_TOLD = 500;
/** Rows of one read whose session keys are kept for the log. */
const MOST_NAMED = 1_000;

/** States of a row. */
const ENDED = 1;
const DOUBTED = 2;

/** Marks of an address. */
const CONFLICT = 1;
const CONTESTED = 2;
const AT_BRIDGE = 4;
/** A claim on it has ended, although the claim that ended it may be gone. */
const HAS_ENDED = 8;

/** Of a row without a claim. */
const NO_PLACE = 0xffffffff;

/** The gateway of Docker's default bridge. */
const BRIDGE = "172.17.0.1:";

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Tells which rows still own their address. Docker hands a port out again only when its former container is gone. So of
 * claims on one address with different owners, the one written last leads and the others have ended
 * (docs/decisions.md, 26). An ended claim stays ended until its row is written again, even if the claim that ended it
 * goes.
 *
 * Each claim has an order; a higher one was written later. Equal orders mean that the order is unknown: such claims are
 * contested. A place is the number of an address. Texts are kept as hashes in typed arrays, so that a million rows take
 * some 80 MB and can be posted between threads.
 */
export class AddressOwners {
	readonly data: OwnersData;
	#counts: Counts | undefined;
	/** For facts(): the places that changed since; undefined while nobody asks for facts. */
	#touched: Set<number> | undefined;
	/** The session keys of the rows that were put. */
	readonly #names = new Map<number, string>();

	constructor(data = new OwnersData()) {
		this.data = data;
	}

	/** @param areRowidsNew the row is also the same under another rowid, as in settle() */
	standingOf(claim: Claim, areRowidsNew = false): Standing {
		const row = this.#find(claim, areRowidsNew);
		return row < 0 ? "unseen" : this.#standing(row);
	}

	/** Whether a row at the claim's address is doubted, and the other workers have not been asked yet. */
	isUnasked({ address }: Claim): boolean {
		const hash = hashOf(address);
		return [...this.data.doubts].some(
			([key, { isAsked }]) => isAsked !== true && this.#addressOf(key) === hash,
		);
	}

	/** The order that the claim was learned with; undefined if it is unknown or has changed. */
	orderOf(claim: Claim): number | undefined {
		const row = this.#find(claim);
		return row < 0 ? undefined : this.data.rows.orders[row];
	}

	/** Whether some of the claims on this address may be refused. */
	mayRefuseAt(address: string): boolean {
		const place = numberOf(this.data.addresses, hashOf(address));
		return place >= 0 && this.#isMarked(place, CONFLICT | HAS_ENDED);
	}

	/** The rowid of the claim that leads at this address. */
	leaderAt(address: string): number | undefined {
		const { places, rows } = this.data;
		const place = numberOf(this.data.addresses, hashOf(address));
		return place < 0
			? undefined
			: rows.rowids[places.lastRows[place] as number];
	}

	/** The places at which claims contradict each other. */
	get conflicts(): ConflictPlaces {
		if (this.data.conflictsElsewhere > 0) return "elsewhere";
		return this.data.conflictsAtBridge > 0 ? "on the bridge alone" : "nowhere";
	}

	counts(): Counts {
		if (this.#counts !== undefined) return this.#counts;
		let ended = 0;
		let contested = 0;
		for (let row = 0; row < this.data.keys.size; row++) {
			if (this.#placeOf(row) === NO_PLACE) continue;
			const standing = this.#standing(row);
			if (standing === "ended") ended++;
			else if (standing === "contested") contested++;
		}
		this.#counts = { ended, contested };
		return this.#counts;
	}

	// ---- reading a whole map: put() each claim, then settle()

	/** Replaces an earlier claim of this key. order: the rowid, unless the map has none. */
	put(claim: Claim, order = claim.rowid): void {
		const row = this.#rowFor(claim.key);
		this.#write(row, claim, order);
		if (this.data.isOfTools && row < MOST_NAMED)
			this.#names.set(row, claim.key);
	}

	/** Removes the claim of this key. */
	drop(key: string): void {
		const row = numberOf(this.data.keys, hashOf(key));
		if (row >= 0) this.data.rows.places[row] = NO_PLACE;
	}

	/**
	 * Works out the leaders. Claims that had ended in `before` stay ended, unless their row has been written since.
	 * @param areRowidsNew VACUUM or another file has given the rows other rowids, which does not mean that they were written
	 * @param appeared when the rows appeared that are not in `before`; undefined if they may have been there before
	 */
	settle(
		before: AddressOwners | undefined,
		areRowidsNew = false,
		appeared?: Appearance,
	): this {
		if (this.data.isOfTools && before !== undefined && appeared !== undefined)
			return this.#follow(before, areRowidsNew, appeared);
		for (let row = 0; row < this.data.keys.size; row++) this.#offer(row);
		for (let row = 0; row < this.data.keys.size; row++) this.#compare(row);
		this.#counts = undefined;
		if (before === undefined) return this;
		const { rows } = this.data;
		for (let row = 0; row < this.data.keys.size; row++) {
			const place = this.#placeOf(row);
			if (place === NO_PLACE) continue;
			const old = before.#match(
				this.data.keys.hashes[row] as number,
				this.data.addresses.hashes[place] as number,
				rows.owners[row] as number,
				areRowidsNew ? undefined : rows.rowids[row],
			);
			if (old >= 0 && before.#standing(old) === "ended") this.#end(row);
		}
		return this;
	}

	/** settle() for tools. */
	#follow(
		before: AddressOwners,
		areRowidsNew: boolean,
		appeared: Appearance,
	): this {
		const { data } = this;
		const { rows } = data;
		const fresh: number[] = [];
		data.appeared = before.data.appeared;
		for (let row = 0; row < data.keys.size; row++) {
			const place = this.#placeOf(row);
			if (place === NO_PLACE) continue;
			const key = data.keys.hashes[row] as number;
			const old = before.#match(
				key,
				data.addresses.hashes[place] as number,
				0,
				areRowidsNew ? undefined : rows.rowids[row],
			);
			if (old < 0) {
				fresh.push(row);
				continue;
			}
			rows.owners[row] = before.data.rows.owners[old] as number;
			const doubt = before.data.doubts.get(key);
			if (before.#standing(old) === "ended") this.#end(row);
			else if (doubt !== undefined) this.#doubt(row, doubt);
			else this.#offer(row);
		}
		fresh.sort(
			(a, b) => (rows.orders[a] as number) - (rows.orders[b] as number),
		);
		for (const row of fresh) this.#appear(row, appeared, this.#names.get(row));
		for (let row = 0; row < data.keys.size; row++) this.#compare(row);
		this.#counts = undefined;
		return this;
	}

	/** The claim leads if it is the latest so far. */
	#offer(row: number): void {
		const { data } = this;
		const { places, rows } = data;
		if (data.isOfTools && rows.states[row] !== 0) return;
		const place = this.#placeOf(row);
		const order = rows.orders[row] as number;
		if (place === NO_PLACE || order < (places.lastOrders[place] as number))
			return;
		this.#lead(place, row);
	}

	#lead(place: number, row: number): void {
		const { places, rows } = this.data;
		places.lastOrders[place] = rows.orders[row] as number;
		places.lastOwners[place] = rows.owners[row] as number;
		places.lastRows[place] = row;
	}

	#compare(row: number): void {
		const { places, rows } = this.data;
		const place = this.#placeOf(row);
		if (place === NO_PLACE || rows.owners[row] === places.lastOwners[place])
			return;
		if (places.lastOrders[place] === NEVER || rows.states[row] === DOUBTED)
			return;
		this.#mark(place, CONFLICT);
		if (rows.orders[row] === places.lastOrders[place])
			this.#mark(place, CONTESTED);
	}

	// ---- following a map that is known

	/**
	 * Learns the rows that were written since the last look.
	 * @param from the lowest rowid of all rows written, those without a claim too: SQLite reuses the rowids of deleted rows
	 * at the end
	 * @param gone keys whose row has gone, or has no claim any more
	 */
	learnWritten(
		claims: readonly Claim[],
		from: number,
		gone: readonly string[],
		appeared?: Appearance,
	): void {
		this.#shift(from);
		if (this.data.isOfTools && appeared !== undefined) {
			this.#learnTools(claims, gone, appeared);
			return;
		}
		const since = this.#orderFor(from);
		const left = new Set<number>();
		const latestFirst = claims.toSorted((a, b) => b.rowid - a.rowid);
		for (const claim of latestFirst)
			if (this.#find(claim) < 0) this.#replace(claim, since, left);
		for (const key of gone)
			this.#leave(numberOf(this.data.keys, hashOf(key)), left);
		for (const place of left) this.#findLeader(place);
	}

	/** learnWritten() for tools. */
	#learnTools(
		claims: readonly Claim[],
		gone: readonly string[],
		appeared: Appearance,
	): void {
		const fresh = claims
			.filter((claim) => this.#find(claim) < 0)
			.sort((a, b) => a.rowid - b.rowid);
		const left = new Set<number>();
		for (const key of [...gone, ...fresh.map((claim) => claim.key)])
			this.#leave(numberOf(this.data.keys, hashOf(key)), left);
		for (const place of left) this.#findLeader(place);
		for (const claim of fresh) {
			const row = this.#rowFor(claim.key);
			this.#write(row, claim, this.#orderFor(claim.rowid));
			this.#appear(row, appeared, claim.key);
		}
	}

	/**
	 * A tool's row has appeared. It leads if the address is free, or if the rows there are its companions: entry points of
	 * one tool may share a port. Otherwise it is doubted until resolve().
	 */
	#appear(row: number, { since, seen }: Appearance, name?: string): void {
		const { data } = this;
		const { places, rows } = data;
		const place = this.#placeOf(row);
		const address = data.addresses.hashes[place] as number;
		const last = data.appeared.get(address);
		if (last !== undefined && seen - last.since <= COMPANIONS_MS) {
			rows.owners[row] = last.group;
		} else {
			const group = this.#groupOf(row);
			rows.owners[row] = group;
			if (data.appeared.size >= MOST_APPEARED) forgetOldest(data.appeared);
			data.appeared.delete(address);
			data.appeared.set(address, { since, group });
		}
		const isFree =
			places.lastOrders[place] === NEVER ||
			places.lastOwners[place] === rows.owners[row];
		if (isFree) this.#offer(row);
		else this.#doubt(row, { seen, sessionKey: name, rival: "" });
	}

	/** The group that begins with this row: the same in all workers, and below 0. */
	#groupOf(row: number): number {
		const { keys, rows } = this.data;
		return -hashOf(`${keys.hashes[row]} ${rows.rowids[row]}`);
	}

	#doubt(row: number, doubt: Doubt): void {
		this.data.rows.states[row] = DOUBTED;
		this.data.doubts.set(this.data.keys.hashes[row] as number, doubt);
		this.#mark(this.#placeOf(row), CONFLICT);
	}

	/**
	 * Believes the doubted rows, each unless a session that leads at its address has a connection from before it appeared: a
	 * published port cannot change hands while its container lives.
	 * @returns whether any is believed now
	 */
	resolve(connections: (() => Iterable<Connected>) | undefined): boolean {
		const { doubts, keys, rows } = this.data;
		if (doubts.size === 0) return false;
		const doubted = new Map<number, Doubt>();
		for (const [key, doubt] of doubts) doubted.set(numberOf(keys, key), doubt);
		const open = [...(connections?.() ?? [])];
		const believed = [...doubted.keys()].filter((row) => {
			const doubt = doubted.get(row) as Doubt;
			const proof = open.find((each) => this.#disproves(each, row, doubt));
			if (proof !== undefined) doubt.rival = proof.sessionKey;
			return proof === undefined;
		});
		believed.sort(
			(a, b) => (rows.orders[a] as number) - (rows.orders[b] as number),
		);
		for (const row of believed) this.#believe(row);
		return believed.length > 0;
	}

	#disproves(connected: Connected, row: number, { seen }: Doubt): boolean {
		const { keys, addresses, rows } = this.data;
		const { sessionKey, address, openedAt } = connected;
		const place = this.#placeOf(row);
		if (openedAt >= seen || addresses.hashes[place] !== hashOf(address))
			return false;
		const other = numberOf(keys, hashOf(sessionKey));
		// Rows that appeared have groups, which are below 0.
		const wasThereAtStart = (rows.owners[other] as number) >= 0;
		return (
			this.#placeOf(other) === place &&
			rows.owners[other] !== rows.owners[row] &&
			this.#standing(other) === "leads" &&
			showsContainer(connected, wasThereAtStart)
		);
	}

	#believe(row: number): void {
		const { data } = this;
		const { places, rows } = data;
		const place = this.#placeOf(row);
		rows.states[row] = 0;
		data.doubts.delete(data.keys.hashes[row] as number);
		this.#counts = undefined;
		this.#touched?.add(place);
		const lastOwner = places.lastOwners[place];
		const lastOrder = places.lastOrders[place];
		if (lastOrder !== NEVER && lastOwner !== rows.owners[row]) {
			this.#mark(place, CONFLICT);
			if (lastOrder === rows.orders[row]) this.#mark(place, CONTESTED);
			else (places.marks[place] as number) &= ~CONTESTED;
		}
		this.#offer(row);
	}

	get hasDoubts(): boolean {
		return this.data.doubts.size > 0;
	}

	/** Whether the other workers have not been asked yet because of a doubt. */
	get hasUnasked(): boolean {
		return [...this.data.doubts.values()].some(({ isAsked }) => !isAsked);
	}

	/** The doubts that resolve() has confirmed. */
	confirmedDoubts(): readonly Doubt[] {
		return [...this.data.doubts.values()].filter(({ rival }) => rival !== "");
	}

	// ---- agreeing with other workers

	/**
	 * The facts about this map that its rows do not show, as far as they do not fit into `known`, and some that they do show.
	 * @param seen when the map was last read, in milliseconds of steadyNow()
	 */
	*facts(seen: number): Generator<RowFact> {
		const { keys, addresses, rows, doubts } = this.data;
		const isSmall = keys.size <= MOST_TOLD;
		for (let row = 0; row < keys.size; row++) {
			const place = this.#placeOf(row);
			if (place === NO_PLACE || !this.#isTold(row, isSmall)) continue;
			const key = keys.hashes[row] as number;
			const address = addresses.hashes[place] as number;
			const owner = rows.owners[row] as number;
			const rowid = rows.rowids[row] as number;
			const order = rowid === 0 ? (rows.orders[row] as number) : 0;
			const isDoubted = rows.states[row] === DOUBTED;
			const ended = this.#standing(row) === "ended" ? "ended" : "leads";
			const state = isDoubted ? "doubted" : ended;
			const at = isDoubted ? (doubts.get(key)?.seen ?? seen) : seen;
			const last = this.data.appeared.get(address);
			const since = last?.group === owner ? last.since : NEVER;
			const window = since === NEVER ? {} : { since };
			yield { key, address, owner, rowid, order, state, at, ...window };
		}
		this.#touched?.clear();
		this.#touched ??= new Set();
	}

	#isTold(row: number, isSmall: boolean): boolean {
		const { isOfTools, keys, places, rows, doubts } = this.data;
		const place = this.#placeOf(row);
		const owner = rows.owners[row] as number;
		const hasRivals = this.#isMarked(place, CONFLICT | HAS_ENDED);
		if (!hasRivals) return isOfTools && owner < 0;
		switch (this.#standing(row)) {
			case "leads":
				return isOfTools || rows.rowids[row] === 0;
			case "contested": {
				if (rows.states[row] !== DOUBTED) return false;
				const doubt = doubts.get(keys.hashes[row] as number);
				return doubt?.isOwn !== true;
			}
			case "ended": {
				const isShown =
					rows.rowids[row] !== 0 &&
					owner !== places.lastOwners[place] &&
					(rows.orders[row] as number) < (places.lastOrders[place] as number);
				return isSmall || !isShown || this.#touched?.has(place) === true;
			}
			case "unseen":
				return false;
		}
	}

	/** The standing of the fact's row. isMoved: rowids have changed since the fact was told. */
	standingAt(fact: RowFact, isMoved: boolean): Standing {
		const row = this.#rowAt(fact, isMoved);
		return row < 0 ? "unseen" : this.#standing(row);
	}

	#rowAt({ key, address, owner, rowid }: RowFact, isMoved: boolean): number {
		return this.#match(key, address, owner, isMoved ? undefined : rowid);
	}

	/**
	 * Takes over facts of other workers.
	 * @param isMoved whether rowids have changed since the fact was told
	 * @returns the facts whose rows are not known here
	 */
	adopt(
		facts: readonly RowFact[],
		isMoved: (fact: RowFact) => boolean,
	): readonly RowFact[] {
		const decided = new Set<number>();
		const places = new Set<number>();
		const unknown = facts.filter((fact) => {
			const row = this.#rowAt(fact, isMoved(fact));
			if (row < 0) return true;
			if (this.data.isOfTools) this.#adoptGroup(row, fact);
			this.#adoptState(row, fact);
			if (fact.state !== "ended") decided.add(row);
			places.add(this.#placeOf(row));
			return false;
		});
		this.#decideAgain(places, (row) => decided.has(row));
		return unknown;
	}

	/** A row that another worker saw appear together with others is in their group. */
	#adoptGroup(row: number, { owner, address, since }: RowFact): void {
		const { rows, appeared } = this.data;
		const own = rows.owners[row] as number;
		const isAlone = own >= 0 || own === this.#groupOf(row);
		if (owner < 0 && (isAlone || owner < own)) this.#regroup(row, owner);
		if (since === undefined) return;
		const last = appeared.get(address);
		if (last !== undefined && last.since >= since) return;
		if (appeared.size >= MOST_APPEARED) forgetOldest(appeared);
		appeared.delete(address);
		appeared.set(address, { since, group: rows.owners[row] as number });
	}

	/** Rows that appeared together with a row are still together with it. */
	#regroup(row: number, group: number): void {
		const { keys, rows } = this.data;
		const place = this.#placeOf(row);
		const own = rows.owners[row] as number;
		rows.owners[row] = group;
		if (own >= 0 || own === group) return;
		for (let other = 0; other < keys.size; other++)
			if (rows.owners[other] === own && rows.places[other] === place)
				rows.owners[other] = group;
	}

	#adoptState(row: number, { key, state, at, order }: RowFact): void {
		const { rows, doubts } = this.data;
		const own = rows.orders[row] as number;
		if (order > 0) rows.orders[row] = own === 0 ? order : Math.min(own, order);
		if (state !== "doubted") {
			doubts.delete(key);
			rows.states[row] = 0;
			if (state === "ended") this.#end(row);
			return;
		}
		const doubt = doubts.get(key);
		if (doubt !== undefined) doubt.seen = Math.min(doubt.seen, at);
		else if (rows.states[row] !== ENDED)
			this.#doubt(row, this.#doubtOf(row, at));
	}

	#doubtOf(row: number, seen: number): Doubt {
		return { seen, sessionKey: this.#names.get(row), rival: "" };
	}

	/**
	 * Works out the leaders of places at which states of rows were set.
	 * @param isDecided whether the row cannot have ended because of the former leader
	 */
	#decideAgain(
		at: ReadonlySet<number>,
		isDecided: (row: number) => boolean,
	): void {
		if (at.size === 0) return;
		const { data } = this;
		const { places } = data;
		const rows: number[] = [];
		for (let row = 0; row < data.keys.size; row++)
			if (at.has(this.#placeOf(row))) rows.push(row);
		for (const row of rows)
			if (!isDecided(row) && this.#standing(row) === "ended") this.#end(row);
		for (const place of at) {
			this.#touched?.add(place);
			places.since[place] = NEVER;
			this.#clearLeader(place);
		}
		for (const row of rows) this.#offer(row);
		for (const row of rows) {
			this.#compare(row);
			if (data.rows.states[row] === DOUBTED)
				this.#mark(this.#placeOf(row), CONFLICT);
		}
		this.#counts = undefined;
	}

	#clearLeader(place: number): void {
		const { places } = this.data;
		places.lastOrders[place] = NEVER;
		if (this.#isMarked(place, CONFLICT)) this.#countConflict(place, -1);
		(places.marks[place] as number) &= AT_BRIDGE | HAS_ENDED;
	}

	/**
	 * Doubts the rows that were there at the first read and lead by their order alone: a worker that was started in place of
	 * another cannot know whether they have just appeared.
	 * @param isDecided whether a fact says of the row with this key that it leads
	 */
	doubtUndecided(seen: number, isDecided: (key: number) => boolean): void {
		const { keys, addresses, places } = this.data;
		const undecided = new Set<number>();
		for (let place = 0; place < addresses.size; place++) {
			const isOrdered =
				this.#isMarked(place, CONFLICT) && !this.#isMarked(place, CONTESTED);
			const row = places.lastRows[place] as number;
			if (!isOrdered || places.lastOrders[place] === NEVER) continue;
			if (isDecided(keys.hashes[row] as number)) continue;
			this.#doubt(row, { ...this.#doubtOf(row, seen), isOwn: true });
			undecided.add(place);
		}
		this.#decideAgain(undecided, () => true);
	}

	/** The hashes of the addresses that doubted rows name. */
	doubtedAddresses(): readonly number[] {
		const { doubts } = this.data;
		return [...new Set([...doubts.keys()].map((key) => this.#addressOf(key)))];
	}

	/** The other workers were asked for connections that disprove the doubted rows at these addresses. */
	asked(addresses: readonly number[]): void {
		for (const [key, doubt] of this.data.doubts)
			if (addresses.includes(this.#addressOf(key))) doubt.isAsked = true;
	}

	/** @param key the hash of the row's key @returns the hash of its address */
	#addressOf(key: number): number {
		const { keys, addresses } = this.data;
		return addresses.hashes[this.#placeOf(numberOf(keys, key))] as number;
	}

	/** Learns a row that was updated in place. hasEnded: the row of another owner is later. */
	learnChanged(claim: Claim, hasEnded: boolean): void {
		const { rows } = this.data;
		const isNew = this.#find(claim) < 0;
		const row = this.#rowFor(claim.key);
		if (isNew) {
			const left = new Set<number>();
			this.#replace(claim, this.#orderFor(claim.rowid), left);
			for (const place of left) this.#findLeader(place);
		}
		if (hasEnded === (this.#standing(row) === "ended")) return;
		const place = this.#placeOf(row);
		if (hasEnded) {
			this.#end(row);
			this.#mark(place, CONFLICT);
		} else if (isNew) {
			this.#dropLater(place, row);
			this.#findLeader(place);
			rows.states[row] = 0;
		}
	}

	/** The session's row has gone, or has no claim any more. */
	forget(key: string): void {
		this.learnWritten([], this.data.nextOrder, [key]);
	}

	/** Drops other owners' later claims: the map shows that they no longer count. */
	#dropLater(place: number, row: number): void {
		const { rows } = this.data;
		const rowid = rows.rowids[row] as number;
		for (let other = 0; other < this.data.keys.size; other++)
			if (
				rows.places[other] === place &&
				rows.owners[other] !== rows.owners[row] &&
				(rows.rowids[other] as number) > rowid
			)
				rows.places[other] = NO_PLACE;
	}

	#shift(from: number): void {
		const { data } = this;
		data.shifts = data.shifts.filter((shift) => shift.from < from);
		const missing = data.nextOrder - this.#orderFor(from);
		if (missing <= 0) return;
		data.shifts.push({ from, by: this.#orderFor(from) - from + missing });
	}

	/** Rows with a higher rowid were written later, and rows of this look later than all rows before. */
	#orderFor(rowid: number): number {
		const shift = this.data.shifts.findLast(({ from }) => from <= rowid);
		return rowid + (shift?.by ?? 0);
	}

	/** Removes the row's claim. If it was the leader, its place is added to `left`. */
	#leave(row: number, left: Set<number>): void {
		const place = this.#placeOf(row);
		if (place === NO_PLACE) return;
		if (this.data.doubts.size > 0)
			this.data.doubts.delete(this.data.keys.hashes[row] as number);
		if (this.data.places.lastRows[place] === row) left.add(place);
		this.#touched?.add(place);
		this.data.rows.places[row] = NO_PLACE;
		this.#counts = undefined;
	}

	/** Works out the leader of a place that its leader has left. Ended claims stay ended. */
	#findLeader(place: number): void {
		const { places } = this.data;
		const rows: number[] = [];
		for (let row = 0; row < this.data.keys.size; row++)
			if (this.#placeOf(row) === place) rows.push(row);
		for (const row of rows) if (this.#standing(row) === "ended") this.#end(row);
		places.since[place] = NEVER;
		this.#clearLeader(place);
		for (const row of rows) this.#offer(row);
		for (const row of rows) this.#compare(row);
	}

	#replace(claim: Claim, since: number, left: Set<number>): void {
		const row = this.#rowFor(claim.key);
		this.#leave(row, left);
		this.#write(row, claim, this.#orderFor(claim.rowid));
		this.#claim(row, since);
	}

	/** since: the first order of this look. Older claims of an owner that comes back stay ended. */
	#claim(row: number, since: number): void {
		const { places, rows } = this.data;
		const place = this.#placeOf(row);
		const hasNewOwner =
			places.lastOrders[place] !== NEVER &&
			places.lastOwners[place] !== rows.owners[row];
		if (hasNewOwner) this.#mark(place, CONFLICT);
		if ((rows.orders[row] as number) < (places.lastOrders[place] as number))
			return;
		if (hasNewOwner) places.since[place] = since;
		this.#lead(place, row);
	}

	/** The row of this claim; -1 if it is unknown or has changed. */
	#find({ key, address, owner, rowid }: Claim, areRowidsNew = false): number {
		return this.#match(
			hashOf(key),
			hashOf(address),
			hashOf(owner),
			areRowidsNew ? undefined : rowid,
		);
	}

	/** As #find(), by the hashes. rowid: undefined if the row is also the same under another one. */
	#match(
		key: number,
		address: number,
		owner: number,
		rowid: number | undefined,
	): number {
		const { rows } = this.data;
		const row = numberOf(this.data.keys, key);
		const place = this.#placeOf(row);
		const isSame =
			place !== NO_PLACE &&
			(rowid === undefined || rows.rowids[row] === rowid) &&
			this.data.addresses.hashes[place] === address &&
			(this.data.isOfTools || rows.owners[row] === owner);
		return isSame ? row : -1;
	}

	#standing(row: number): Standing {
		const { places, rows } = this.data;
		if (rows.states[row] === ENDED) return "ended";
		if (rows.states[row] === DOUBTED) return "contested";
		const place = this.#placeOf(row);
		const order = rows.orders[row] as number;
		const isOwner =
			rows.owners[row] === places.lastOwners[place] &&
			order >= (places.since[place] as number);
		if (order !== places.lastOrders[place] && !isOwner) return "ended";
		return this.#isMarked(place, CONTESTED) ? "contested" : "leads";
	}

	/** NO_PLACE also for a row that does not exist. */
	#placeOf(row: number): number {
		return this.data.rows.places[row] ?? NO_PLACE;
	}

	#rowFor(key: string): number {
		const { rows } = this.data;
		const row = numbered(this.data.keys, hashOf(key));
		const length = rows.places.length;
		if (row < length) return row;
		growAll(rows);
		rows.places.fill(NO_PLACE, length);
		return row;
	}

	#write(row: number, claim: Claim, order: number): void {
		const { data } = this;
		data.rows.rowids[row] = claim.rowid;
		data.rows.orders[row] = order;
		data.rows.owners[row] = hashOf(claim.owner);
		data.rows.places[row] = this.#placeFor(claim.address);
		data.rows.states[row] = 0;
		data.nextOrder = Math.max(data.nextOrder, order + 1);
		this.#touched?.add(data.rows.places[row] as number);
		this.#counts = undefined;
	}

	#placeFor(address: string): number {
		const { places } = this.data;
		const known = this.data.addresses.size;
		const place = numbered(this.data.addresses, hashOf(address));
		if (place < known) return place;
		if (place >= places.marks.length) growAll(places);
		places.lastOrders[place] = NEVER;
		places.since[place] = NEVER;
		places.marks[place] = address.startsWith(BRIDGE) ? AT_BRIDGE : 0;
		return place;
	}

	/** From now on the claim has ended, whatever happens to its leader. */
	#end(row: number): void {
		this.data.rows.states[row] = ENDED;
		this.#mark(this.#placeOf(row), HAS_ENDED);
	}

	#isMarked(place: number, marks: number): boolean {
		return ((this.data.places.marks[place] as number) & marks) !== 0;
	}

	#mark(place: number, mark: number): void {
		this.#counts = undefined;
		if (this.#isMarked(place, mark)) return;
		if (mark === CONFLICT) this.#countConflict(place, 1);
		(this.data.places.marks[place] as number) |= mark;
	}

	#countConflict(place: number, by: number): void {
		if (this.#isMarked(place, AT_BRIDGE)) this.data.conflictsAtBridge += by;
		else this.data.conflictsElsewhere += by;
	}
}

/** Without methods, since only the data crosses threads. */
export class OwnersData {
	readonly keys = new HashIndex();
	readonly rows = new Rows();
	readonly addresses = new HashIndex();
	readonly places = new Places();
	/** From a rowid on, the difference between rowid and order. */
	shifts: { readonly from: number; readonly by: number }[] = [];
	nextOrder = 1;
	conflictsAtBridge = 0;
	conflictsElsewhere = 0;
	/**
	 * Whether each row is its own owner, or belongs to the group of rows that appeared with it. Rows.owners then has the
	 * group, which a claim does not name.
	 */
	readonly isOfTools: boolean;
	/** By the hash of an address: its last group, and the time before which that was not there. The oldest first. */
	appeared = new Map<number, { since: number; group: number }>();
	/** By the hash of a row's key. */
	readonly doubts = new Map<number, Doubt>();

	constructor(isOfTools = false) {
		this.isOfTools = isOfTools;
	}
}

class Rows {
	rowids = new Float64Array(FIRST_LENGTH);
	orders = new Float64Array(FIRST_LENGTH);
	owners = new Float64Array(FIRST_LENGTH);
	places = new Uint32Array(FIRST_LENGTH).fill(NO_PLACE);
	/** ENDED: whatever other claims on the address there are now. DOUBTED: see Doubt. */
	states = new Uint8Array(FIRST_LENGTH);
}

class Places {
	/** The leader's. */
	lastOrders = new Float64Array(FIRST_LENGTH);
	lastOwners = new Float64Array(FIRST_LENGTH);
	lastRows = new Uint32Array(FIRST_LENGTH);
	/** The order below which even the leading owner's claims have ended. */
	since = new Float64Array(FIRST_LENGTH);
	marks = new Uint8Array(FIRST_LENGTH);
}

function growAll(columns: Rows | Places): void {
	for (const [name, column] of Object.entries(columns))
		Object.assign(columns, { [name]: doubled(column) });
}

function forgetOldest(map: Map<number, unknown>): void {
	const [oldest] = map.keys();
	if (oldest !== undefined) map.delete(oldest);
}
