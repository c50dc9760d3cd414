import { sessionLabel } from "../../log/session-label.js";
import type { Conflicts } from "../map-source.js";
import type { ConflictPlaces, Counts } from "../owners/address-owners.js";
import type {
	AddressHistory,
	AddressRow,
	RowStanding,
} from "./address-history.js";

/** The most contested addresses that the log names. */
const MOST_NAMED = 100;
/** Docker's default bridge, the same on every host. */
const BRIDGE = "172.17.0.1:";

/** Sums up all addresses that several rows share. */
export class Review {
	#ended = 0;
	#contested = 0;
	#places: ConflictPlaces = "nowhere";
	readonly #named: string[][] = [];
	/** The labels of sessions whose new rows are refused, and their rows. */
	readonly #doubtful: (readonly [label: string, id: string])[] = [];

	add(
		address: string,
		rows: readonly AddressRow[],
		standings: ReadonlyMap<string, RowStanding>,
	): void {
		const refused = rows.filter(({ id }) => standings.get(id) !== "leads");
		if (refused.length === 0) return;
		const isAtBridge = address.startsWith(BRIDGE);
		if (!isAtBridge) this.#places = "elsewhere";
		else if (this.#places === "nowhere") this.#places = "on the bridge alone";
		const contested = refused.filter(
			({ id }) => standings.get(id) === "contested",
		);
		this.#contested += contested.length;
		this.#ended += refused.length - contested.length;
		const labelled = contested.map(
			({ id, sessionKey = "" }) => [sessionLabel(sessionKey), id] as const,
		);
		// The others at a doubted row's address are served.
		if (contested.length > 1 && this.#named.length < MOST_NAMED)
			this.#named.push(labelled.map(([label]) => label));
		if (this.#doubtful.length < MOST_NAMED) this.#doubtful.push(...labelled);
	}

	get counts(): Counts {
		return { ended: this.#ended, contested: this.#contested };
	}

	conflictsWith(history: AddressHistory): Conflicts {
		const doubted = this.#doubtful.flatMap(([label, id]) => {
			const rival = history.noteOf(id)?.rival;
			return rival === undefined ? [] : [[label, sessionLabel(rival)] as const];
		});
		return {
			places: this.#places,
			contested: this.#named,
			doubted,
			tokenless: 0,
		};
	}
}
