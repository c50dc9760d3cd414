import { performance } from "node:perf_hooks";
import type { ExchangeRecord } from "../exchange-record.js";

/** The record of a request that has just begun; its end fills in the rest. */
export function newRecord(
	method: string,
	path: string,
	sessionKey: string,
	upgrade: boolean,
): ExchangeRecord {
	const now = performance.now();
	return {
		method,
		path,
		sessionKey,
		target: "",
		status: 0,
		upgrade,
		startedAt: now,
		endedAt: now,
		connectMs: -1,
		bytesFromClient: 0,
		bytesToClient: 0,
		termination: "",
		fault: "",
		cause: "",
	};
}
