import { randomBytes } from "node:crypto";
import type { Environment } from "./environment.js";

/** What a session can be besides being with a container: that one is dead, or the map does not know the session. */
export const DOWN = "down";
export const GONE = "gone";

/** What may be answered to a request that began and ended at certain times: names of containers, DOWN, GONE. */
export type Allowed = ReadonlySet<string>;

/** A session's cookie, and what is true of it: so that each answer can be judged by what was true while it was asked for. */
export class Session {
	readonly key = randomBytes(24).toString("hex");
	#truths: string[];
	#changing = false;

	constructor(readonly environment: Environment) {
		this.#truths = [environment.name];
	}

	/** While `change` runs what was true may still be answered; once it has resolved, `next` alone. */
	async become(next: string, change: () => Promise<void>): Promise<void> {
		this.#truths.push(next);
		this.#changing = true;
		await change();
		this.#changing = false;
	}

	/** To be called as a request begins. The function that it gives is called when the request ended. */
	asked(): () => Allowed {
		const oldest = this.#truths.length - (this.#changing ? 2 : 1);
		return () => new Set(this.#truths.slice(oldest));
	}
}
