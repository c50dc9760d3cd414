/** Cookies and addresses that are remembered. */
const REMEMBERED = 10_000;
/** Milliseconds between two unknown cookies of one address. */
const INTERVAL_MS = 1_000;
/** Milliseconds that a question may wait for its turn: a class that opens its tools behind one address gets in one by one. */
const LONGEST_MS = 3_000;

/**
 * Limits the questions about cookies that Galaxy has not confirmed: for each made-up one it adds a session to its database.
 * Cookies are named by their hash.
 */
export class UnknownCookies {
	readonly #confirmed = new Set<string>();
	/** The last question of each address, and its turn. */
	readonly #lastOf = new Map<string, { hash: string; at: number }>();

	/** Galaxy knows the user. */
	confirm(hash: string): void {
		this.#confirmed.delete(hash);
		this.#confirmed.add(hash);
		if (this.#confirmed.size > REMEMBERED) deleteFirst(this.#confirmed);
	}

	/** Milliseconds after which Galaxy may be asked about this cookie; undefined: too many others of an address wait. */
	delayOf(
		hash: string,
		addresses: () => readonly string[],
	): number | undefined {
		if (this.#confirmed.has(hash)) return 0;
		const now = performance.now();
		const from = addresses();
		const at = Math.max(...from.map((each) => this.#turnOf(hash, each, now)));
		if (at - now > LONGEST_MS) return undefined;
		for (const each of from) {
			this.#lastOf.delete(each);
			this.#lastOf.set(each, { hash, at });
			if (this.#lastOf.size > REMEMBERED) deleteFirst(this.#lastOf);
		}
		return Math.max(0, at - now);
	}

	#turnOf(hash: string, address: string, now: number): number {
		const last = this.#lastOf.get(address);
		if (last === undefined) return now;
		const isSame = last.hash === hash && now - last.at < INTERVAL_MS;
		return isSame ? last.at : Math.max(now, last.at + INTERVAL_MS);
	}
}

/** The entry that was added first. */
function deleteFirst(entries: {
	keys(): Iterable<string>;
	delete(key: string): boolean;
}): void {
	const [first] = entries.keys();
	if (first !== undefined) entries.delete(first);
}
