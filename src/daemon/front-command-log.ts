import type { Log } from "../log/log.js";

/** Sessions that are remembered as told. */
const TOLD = 10_000;
/** Characters of a command's value that are logged. */
const SHOWN = 200;

interface Command {
	readonly name: string;
	readonly value: string;
}

/** Counts what containers said to front proxies, and logs it once for each session. */
export class FrontCommandLog {
	/** Fields so far. */
	count = 0;
	readonly #told = new Set<string>();

	/** fields: one at least. */
	note(log: Log | null, sessionKey: string, fields: readonly Command[]): void {
		this.count += fields.length;
		if (log === null || this.#told.has(sessionKey)) return;
		if (this.#told.size === TOLD) this.#told.clear();
		this.#told.add(sessionKey);
		const [{ name, value }] = fields as [Command];
		// A query may hold a password.
		const shown = value.replace(/\?.*/s, "?…").slice(0, SHOWN);
		log.warn(
			{ sessionKey, field: name, value: shown },
			"a container tried to command the proxy in front, and the field was dropped: find out what runs in it",
		);
	}
}
