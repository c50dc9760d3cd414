import { everywhere } from "./differences-everywhere.js";
import { named } from "./differences-named.js";
import type { Exchange } from "./exchange.js";
import type { Difference } from "./observed.js";
import { drop, type Observed } from "./observed.js";

/** The names of all differences. */
export const differences = [...Object.keys(everywhere), ...Object.keys(named)];

/** The result that must be observed through the daemon; `met` collects the names of the differences that changed something. */
export function expected(
	legacy: Observed,
	exchange: Exchange,
	met: Set<string>,
): Observed {
	const result = structuredClone(legacy);
	const all: Record<string, Difference> = { ...everywhere };
	for (const name of exchange.differs ?? []) all[name] = named[name];
	for (const [name, difference] of Object.entries(all)) {
		const before = JSON.stringify(result);
		for (const request of result.container)
			difference.request?.(request, exchange.send);
		for (const response of result.client)
			difference.response?.(response, exchange.send);
		difference.both?.(result, exchange.send);
		if (JSON.stringify(result) !== before) met.add(name);
	}
	return result;
}

/** Leaves out the fields of each connection, and Date, which Node adds where the container sent none. */
export function comparable(observed: Observed): Observed {
	const result = structuredClone(observed);
	for (const { headers } of [...result.container, ...result.client])
		drop(headers, ["connection", "transfer-encoding", "date"]);
	for (const { headers } of result.client) drop(headers, ["keep-alive"]);
	return result;
}
