import type { Exchange } from "../exchange.js";

/** The record of a request that has just begun; its end fills in the rest. */
export function newRecord(
	method: string,
	target: string,
	sessionKey: string,
	upgrade: boolean,
): Exchange {
	const query = target.indexOf("?");
	const now = performance.now();
	return {
		method,
		path: query < 0 ? target : target.slice(0, query),
		sessionKey,
		target: "",
		status: 0,
		upgrade,
		startedAt: now,
		endedAt: now,
		bytesFromClient: 0,
		bytesToClient: 0,
		termination: "",
		cause: "",
	};
}
