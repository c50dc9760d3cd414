import { type Allowed, DOWN, GONE } from "./session.js";

export interface Reply {
	status: number;
	/** The container that answered, empty where the proxy did itself. */
	environment: string;
	body: Buffer;
}

export interface Count {
	/** Answered by the right container with the right bytes. */
	right: number;
	/** The container was dead or the session gone: 502, 403 or a connection that ended, as it must be. */
	refused: number;
	/** The client left before the end. */
	left: number;
}

/** The most wrong answers that are reported. */
const REPORTED = 20;

/** The outcomes of all requests, by kind. */
export class Tally {
	readonly counts: Record<string, Count> = {};
	wrong = 0;
	readonly examples: string[] = [];

	/** @param right whether the body is what was asked for */
	judge(
		kind: string,
		allowed: Allowed,
		outcome: Reply | Error,
		right: (reply: Reply) => boolean,
	): void {
		if (outcome instanceof Error) {
			if (allowed.has(DOWN) || allowed.has(GONE)) this.#count(kind).refused++;
			else this.fail(`${kind}: ${outcome.message} instead of ${list(allowed)}`);
			return;
		}
		const { status, environment, body } = outcome;
		const served = status === 200 && allowed.has(environment) && right(outcome);
		const missing =
			status === 502 &&
			allowed.has(DOWN) &&
			body.toString() === "Proxy target missing";
		const refused = missing || (status === 403 && allowed.has(GONE));
		if (served) this.#count(kind).right++;
		else if (refused) this.#count(kind).refused++;
		else
			this.fail(
				`${kind}: ${status} with ${body.length} bytes of ${environment || "the proxy"} instead of ${list(allowed)}`,
			);
	}

	right(kind: string): void {
		this.#count(kind).right++;
	}

	left(kind: string): void {
		this.#count(kind).left++;
	}

	fail(what: string): void {
		this.wrong++;
		if (this.examples.length < REPORTED) this.examples.push(what);
	}

	#count(kind: string): Count {
		this.counts[kind] ??= { right: 0, refused: 0, left: 0 };
		return this.counts[kind];
	}
}

function list(allowed: Allowed): string {
	return [...allowed].join(" or ");
}
