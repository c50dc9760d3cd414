/** Cookies and addresses that are remembered. */
const REMEMBERED = 10_000;
/** Milliseconds between two unknown cookies of one address. */
const INTERVAL_MS = 1_000;

/**
 * Limits the questions about cookies that Galaxy has not confirmed: for each made-up one it adds a session to its database.
 * Cookies are named by their hash.
 */
export class UnknownCookies {
	readonly #confirmed = new Set<string>();
	readonly #lastOf = new Map<string, { hash: string; at: number }>();

	/** Galaxy knows the user. */
	confirm(hash: string): void {
		this.#confirmed.delete(hash);
		this.#confirmed.add(hash);
		if (this.#confirmed.size > REMEMBERED) deleteFirst(this.#confirmed);
	}

	/** Whether Galaxy may be asked about this cookie now; then the address may not send another one for a second. */
	mayAsk(hash: string, address: () => string): boolean {
		if (this.#confirmed.has(hash)) return true;
		const now = performance.now();
		const from = address();
		const last = this.#lastOf.get(from);
		const isTooSoon = last !== undefined && now - last.at < INTERVAL_MS;
		if (isTooSoon) return last.hash === hash;
		this.#lastOf.delete(from);
		this.#lastOf.set(from, { hash, at: now });
		if (this.#lastOf.size > REMEMBERED) deleteFirst(this.#lastOf);
		return true;
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
