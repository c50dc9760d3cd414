import { randomBytes } from "node:crypto";
import type { GalaxyMap } from "../support/session-map.js";
import type { Browser } from "./browser.js";
import type { Environment } from "./environment.js";
import { pauseOr, type Work } from "./shift.js";

/** The states of a session without a container: it is dead, or the map has no row for the session. */
export const DOWN = "down";
export const GONE = "gone";

/** The allowed answers to a request: names of containers, DOWN, GONE. */
export type Allowed = ReadonlySet<string>;

/** A session's cookie, and its states over time: an answer is judged by the states since its request began. */
export class Session {
	readonly key = randomBytes(24).toString("hex");
	#truths: string[];
	#changing = false;

	constructor(readonly environment: Environment) {
		this.#truths = [environment.name];
	}

	/** While `change` runs the previous state may still be answered; after it only `next`. */
	async become(next: string, change: () => Promise<void>): Promise<void> {
		this.#truths.push(next);
		this.#changing = true;
		await change();
		this.#changing = false;
	}

	/** Called when a request begins; the returned function when it has ended. */
	asked(): () => Allowed {
		const oldest = this.#truths.length - (this.#changing ? 2 : 1);
		return () => new Set(this.#truths.slice(oldest));
	}
}

/** Milliseconds that a container stays dead and a session unknown. */
const ABSENT_MS = 700;

/** Kills the session's container and starts it again on the same address. */
export function deaths({ session }: Browser): Work {
	const { environment } = session;
	return async (_turn, pausing) => {
		await session.become(DOWN, () => environment.kill());
		await pauseOr(ABSENT_MS, pausing);
		await session.become(environment.name, () => environment.start());
	};
}

/** Galaxy moves the session between two containers; every fourth time it removes the session for a while. */
export function moves(
	session: Session,
	map: GalaxyMap,
	others: Environment,
): Work {
	const containers = [others, session.environment];
	return async (turn, pausing) => {
		const to = containers[turn % 2] as Environment;
		if (turn % 4 === 3) {
			await session.become(GONE, () => map.remove(session.key));
			await pauseOr(ABSENT_MS, pausing);
		}
		await session.become(to.name, () => map.put(session.key, to.host, to.port));
	};
}
