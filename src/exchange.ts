/**
 * Who ended an exchange, and when, in HAProxy's two letters (management guide, "Session state at disconnection").
 * First: C client, S container, c/s their timeout, P this proxy refused, K ended because the session map changed or the
 * daemon stops, I internal fault, - nobody (it was completed). Second: R request, C connect,
 * H response head, D data, T tunnel, - after the end.
 */
export type Termination = string;

/** One request and what became of it; handed to the observers at its end, always, exactly once. */
export interface Exchange {
	/** As sent, e.g. "GET"; empty where no request line was read. */
	method: string;
	/** As it went to the container, without the query; empty where no request line was read. */
	path: string;
	/** The session key as the client sent it. Secret: only its hash may be shown (log.ts, sessionLabel). */
	sessionKey: string;
	/** "host:port" of the container, or empty where none was found. */
	target: string;
	/** What the client was answered; 0 where nothing was. */
	status: number;
	upgrade: boolean;
	/** Milliseconds of process time (performance.now()). */
	startedAt: number;
	endedAt: number;
	/** Bytes of bodies as they passed, chunk framing included, and of tunnels; without heads. */
	bytesFromClient: number;
	bytesToClient: number;
	termination: Termination;
	/** Why it ended so, in plain words for the log; empty where it was completed. Never bytes of a message. */
	cause: string;
}

export type Observer = (exchange: Exchange) => void;
