// Imported where each request asks for the time: the global of this name is a getter.
import { performance } from "node:perf_hooks";

/**
 * Who ended an exchange, and when, in HAProxy's two letters (management guide, "Session state at disconnection").
 * First: C client, S container, c/s their timeout, P this proxy refused, K ended because the session map changed or the
 * daemon stops, I internal fault, - nobody (it was completed). Second: R request, C connect,
 * H response head, D data, T tunnel, - after the end.
 */
export type Termination = string;

/** One request and what became of it; handed to the observers at its end, always, exactly once. */
export interface ExchangeRecord {
	/** As sent, e.g. "GET"; empty where no request line was read. */
	method: string;
	/** As it went to the container, without the query; empty where no request line was read. */
	path: string;
	/** The session key as the client sent it. Secret: only its hash may be shown (session-label.ts). */
	sessionKey: string;
	/** "host:port" of the container, or empty where none was found. */
	target: string;
	/** What the client was answered; 0 where nothing was. */
	status: number;
	upgrade: boolean;
	/** Milliseconds of process time (performance.now()). */
	startedAt: number;
	endedAt: number;
	/** Milliseconds until a new connection to the container was there, look-up included; -1 where none came about, or an idle one was used. */
	connectMs: number;
	/** Bytes of bodies as they passed, chunk framing included, and of tunnels; without heads. */
	bytesFromClient: number;
	bytesToClient: number;
	termination: Termination;
	/** The fault's code in faults.ts; empty where it was completed, or ended by its client. */
	fault: string;
	/** Why it ended so, in plain words for the log; empty where it was completed. Never bytes of a message. */
	cause: string;
}

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

export type Observer = (exchange: ExchangeRecord) => void;

/** What one session has under way at one moment. */
export interface SessionLoad {
	/** Secret, as in ExchangeRecord. */
	readonly sessionKey: string;
	/** As in ExchangeRecord. */
	readonly target: string;
	readonly requests: number;
	readonly tunnels: number;
	/** So far, counted as in ExchangeRecord. */
	readonly bytesFromClient: number;
	readonly bytesToClient: number;
}

/** What the proxy carries at one moment. */
export interface Load {
	/** Connections of clients. */
	readonly clients: number;
	/** Connections to containers that wait for their next request. */
	readonly idle: number;
	/** Of the sessions that have anything under way. */
	readonly sessions: readonly SessionLoad[];
}
