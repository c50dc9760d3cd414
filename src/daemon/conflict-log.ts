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
