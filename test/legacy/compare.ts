import type { Difference } from "./difference.js";
import { everywhere } from "./differences-everywhere.js";
import { named } from "./differences-named.js";
import type { Exchange } from "./exchange.js";
import { drop, type Seen } from "./seen.js";

/** The names of all differences. */
export const differences = [...Object.keys(everywhere), ...Object.keys(named)];

/** What must be seen through the daemon; `met` collects the names of the differences that changed something. */
export function expected(
	legacy: Seen,
	exchange: Exchange,
	met: Set<string>,
): Seen {
	const result = structuredClone(legacy);
	const own = (exchange.differs ?? []).map(
		(name) => [name, named[name]] as const,
	);
	const all: (readonly [string, Difference])[] = [
		...Object.entries(everywhere),
		...own,
	];
	for (const [name, difference] of all) {
		const before = JSON.stringify(result);
		for (const request of result.container)
			difference.request?.(request, exchange.send);
		for (const response of result.client)
			difference.response?.(response, exchange.send);
		difference.seen?.(result, exchange.send);
		if (JSON.stringify(result) !== before) met.add(name);
	}
	return result;
}

/**
 * Without what each side of a proxy says for its own connection, and Date: a clock, which Node adds where the container
 * sent none.
 */
export function comparable(seen: Seen): Seen {
	const result = structuredClone(seen);
	for (const { headers } of [...result.container, ...result.client])
		drop(headers, ["connection", "transfer-encoding", "date"]);
	for (const { headers } of result.client) drop(headers, ["keep-alive"]);
	return result;
}
