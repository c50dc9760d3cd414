import type { FaultCode } from "./faults.js";

/** Who ended an exchange, each with HAProxy's letter (management guide, "Session state at disconnection"). */
const ENDED_BY = {
	/** The exchange was completed. */
	nobody: "-",
	client: "C",
	container: "S",
	clientTimeout: "c",
	containerTimeout: "s",
	/** This proxy refused the request or the response. */
	proxy: "P",
	/** The session map changed, or the daemon shuts down. */
	daemon: "K",
	defect: "I",
} as const;

/** The phase in which an exchange ended, each with HAProxy's letter. */
const PHASES = {
	none: "-",
	request: "R",
	connect: "C",
	head: "H",
	data: "D",
	tunnel: "T",
} as const;

export type EndedBy = keyof typeof ENDED_BY;
export type Phase = keyof typeof PHASES;

/** How an exchange ended. There is one object for each pair, so that they can be compared and cost no allocation. */
export interface Termination {
	readonly by: EndedBy;
	readonly phase: Phase;
	/** As in the log and in metrics: "--", "cR", "KH". */
	readonly letters: string;
}

const PHASE_NAMES = Object.keys(PHASES) as Phase[];

/** Every termination; the index of one is its place for a counter. */
export const TERMINATIONS: readonly Termination[] = (
	Object.keys(ENDED_BY) as EndedBy[]
).flatMap((by) =>
	PHASE_NAMES.map((phase) => {
		const letters = `${ENDED_BY[by]}${PHASES[phase]}`;
		return { by, phase, letters };
	}),
);

const BY_LETTERS = new Map(TERMINATIONS.map((one) => [one.letters, one]));

export function terminationOf(by: EndedBy, phase: Phase): Termination {
	const letters = `${ENDED_BY[by]}${PHASES[phase]}`;
	return BY_LETTERS.get(letters) as Termination;
}

export const COMPLETED: Termination = terminationOf("nobody", "none");

/** One exchange and its result; handed to the observers at its end, always, exactly once. */
export interface ExchangeRecord {
	/** As sent, e.g. "GET"; empty if no request line was read. */
	method: string;
	/** As sent to the container, without the query; empty if no request line was read. */
	path: string;
	/** The session key as the client sent it. Secret: only its hash may be shown (session-label.ts). */
	sessionKey: string;
	/** "host:port" of the container; empty if none was found. */
	target: string;
	/** The status of the client's response; 0 without one. */
	status: number;
	upgrade: boolean;
	/** Milliseconds of process time (performance.now()). */
	startedAt: number;
	endedAt: number;
	/** Milliseconds until a new connection to the container was open, look-up included; -1 without a new connection. */
	connectMs: number;
	/** Bytes of bodies as they passed, chunk framing included, and of tunnels; without heads. */
	bytesFromClient: number;
	bytesToClient: number;
	termination: Termination;
	/** Undefined if the exchange was completed, or ended by its client. */
	fault: FaultCode | undefined;
	/** Why it ended this way, in plain words for the log; empty if it was completed. Never contains bytes of a message. */
	cause: string;
}

/** Whether the container ended the exchange, or did not act in time. */
export function isByContainer({ by }: Termination): boolean {
	return by === "container" || by === "containerTimeout";
}

export type Observer = (record: ExchangeRecord) => void;

/** The requests and tunnels of one session at one moment. */
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

/** The load of the proxy at one moment. */
export interface Load {
	/** Client connections. */
	readonly clients: number;
	/** Idle connections to containers. */
	readonly idle: number;
	/** Sessions with requests or tunnels in flight. */
	readonly sessions: readonly SessionLoad[];
}
