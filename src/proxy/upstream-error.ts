import {
	type EndedBy,
	type Phase,
	type Termination,
	terminationOf,
} from "../exchange-record.js";
import type { FaultCode } from "../faults.js";

/** How a connection to a container fails: the answer to the client, who ended the exchange, and in which phase. */
const FAILURES = {
	noAddress: ["targetMissing", "container", "connect"],
	notAllowed: ["targetNotAllowed", "proxy", "connect"],
	ownListener: ["ownListener", "proxy", "connect"],
	noDescriptors: ["clientLimit", "proxy", "connect"],
	unreachable: ["targetMissing", "container", "connect"],
	connectTimeout: ["slowConnect", "containerTimeout", "connect"],
	responseTimeout: ["slowAnswer", "containerTimeout", "head"],
	/** Closed or reset by the container. */
	lost: ["targetMissing", "container", "head"],
} as const satisfies Record<string, readonly [FaultCode, EndedBy, Phase]>;

export type Failure = keyof typeof FAILURES;

/** Why a connection to a container failed. It is reported, never thrown, so it needs no stack. */
export class UpstreamError {
	readonly failure: Failure;
	/** For the log. */
	readonly cause: string;
	/** Whether the container has reset the connection. Otherwise a lost one may be due to the network. */
	readonly isReset: boolean;

	/** code: of a system's error. Mostly the container is to blame, but missing descriptors are our own problem. */
	constructor(failure: Failure, cause: string, code = "") {
		const isOurs = code === "EMFILE" || code === "ENFILE";
		this.failure = isOurs ? "noDescriptors" : failure;
		this.cause = isOurs ? `${cause}: raise the open file limit` : cause;
		this.isReset = code === "ECONNRESET" || code === "EPIPE";
	}

	get fault(): FaultCode {
		return FAILURES[this.failure][0];
	}

	get termination(): Termination {
		const [, by, phase] = FAILURES[this.failure];
		return terminationOf(by, phase);
	}
}
