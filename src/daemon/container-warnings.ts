import type { Log } from "../log/log.js";
import type { Conflicts } from "../session-map/session-map.js";

/** Contested addresses that are remembered as told. */
const TOLD = 1_000;

/** Tells of rows that lead to one address: of each contested address once, and of the flag where it may be wanted. */
export function conflictLogger(log: Log): (conflicts: Conflicts) => void {
	let isFirst = true;
	const told = new Set<string>();
	return ({ places, contested }) => {
		if (isFirst && places === "on the bridge alone")
			log.warn(
				{},
				"several rows of the session map lead to one address at 172.17.0.1, and none is served but the one that is known to be written last: if several Docker hosts share this map, start the proxy with --same-address any",
			);
		isFirst = false;
		for (const sessions of contested) {
			const name = sessions.join();
			if (told.has(name) || told.size === TOLD) continue;
			told.add(name);
			log.warn(
				{ sessions },
				"these sessions' rows lead to one address, and nobody knows which was written last: they are refused until the dead ones are taken out with galaxy-proxy routes remove -, or their environments are started again",
			);
		}
	};
}

/** Sessions that are remembered as told. */
const TOLD_SESSIONS = 10_000;
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
		if (this.#told.size === TOLD_SESSIONS) this.#told.clear();
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
