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

	/** Milliseconds after which Galaxy may be asked about this cookie; undefined: too many others of the address wait. */
	delayOf(hash: string, address: () => string): number | undefined {
		if (this.#confirmed.has(hash)) return 0;
		const now = performance.now();
		const from = address();
		const last = this.#lastOf.get(from);
		if (last?.hash === hash && now - last.at < INTERVAL_MS)
			return Math.max(0, last.at - now);
		const at = Math.max(now, (last?.at ?? -INTERVAL_MS) + INTERVAL_MS);
		if (at - now > LONGEST_MS) return undefined;
		this.#lastOf.delete(from);
		this.#lastOf.set(from, { hash, at });
		if (this.#lastOf.size > REMEMBERED) deleteFirst(this.#lastOf);
		return at - now;
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
