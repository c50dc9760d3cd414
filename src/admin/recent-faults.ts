import type { ExchangeRecord } from "../exchange-record.js";
import { FAULTS } from "../faults.js";
import { sessionLabel } from "../log/session-label.js";

/** Faults that are remembered; a new one replaces the one that occurred longest ago. */
const MOST = 50;

/** One fault at one target, and how often it occurred since the start. */
interface RecentFault {
	/** As in faults.ts; "internalFault" for a defect of ours. */
	readonly code: string;
	readonly status: number;
	/** "host:port", or empty without one. */
	readonly target: string;
	readonly cause: string;
	readonly remedy: string;
	readonly count: number;
	/** Milliseconds of Unix time. */
	readonly lastAt: number;
}

/** A fault as it is shown. */
export interface ShownFault extends RecentFault {
	/** The label of the session of its last occurrence; empty without one. */
	readonly session: string;
}

const DEFECT = {
	code: "internalFault",
	remedy:
		"A defect of this proxy: the log has the line `internal fault` with its stack. Please report it.",
};

export class RecentFaults {
	readonly #faults = new Map<string, RecentFault & { sessionKey: string }>();

	observe(record: ExchangeRecord): void {
		const { status, fault, target, cause, termination, sessionKey } = record;
		const isDefect = termination.by === "defect";
		if (fault === undefined && !isDefect) return;
		const { code, remedy } =
			fault === undefined || isDefect
				? DEFECT
				: { code: fault, remedy: FAULTS[fault].remedy };
		const key = `${code} ${target} ${cause}`;
		const count = (this.#faults.get(key)?.count ?? 0) + 1;
		// Deleted first, so that the map's order is that of the last occurrence.
		this.#faults.delete(key);
		const lastAt = Date.now();
		const what = { code, status, target, cause, remedy };
		this.#faults.set(key, { ...what, count, lastAt, sessionKey });
		if (this.#faults.size <= MOST) return;
		const [oldest] = this.#faults.keys();
		if (oldest !== undefined) this.#faults.delete(oldest);
	}

	/** The most recent fault first. Without session keys, which are secret. */
	shown(): ShownFault[] {
		return [...this.#faults.values()]
			.reverse()
			.map(({ sessionKey, ...rest }) => ({
				...rest,
				session: sessionKey === "" ? "" : sessionLabel(sessionKey),
			}));
	}
}

/** Merges the fault lists of several processes into one list. */
export function mergedFaults(
	lists: readonly (readonly ShownFault[])[],
): ShownFault[] {
	const merged = new Map<string, ShownFault>();
	for (const fault of lists.flat()) {
		const key = `${fault.code} ${fault.target} ${fault.cause}`;
		const known = merged.get(key);
		const last = known && known.lastAt > fault.lastAt ? known : fault;
		merged.set(key, { ...last, count: fault.count + (known?.count ?? 0) });
	}
	return [...merged.values()]
		.sort((one, other) => other.lastAt - one.lastAt)
		.slice(0, MOST);
}
