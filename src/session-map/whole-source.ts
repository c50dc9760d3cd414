import type { Route } from "../route.js";
import type { Counts } from "./address-owners.js";
import { type Stamp, sameStamp, stampOf } from "./fingerprint.js";
import {
	NO_CONFLICTS,
	NO_COUNTS,
	type Reading,
	type Source,
} from "./source.js";
import { Unreadable } from "./unreadable.js";
import type { Whole } from "./whole.js";

interface WholeSourceOptions {
	readonly path: string;
	readonly whole: Whole;
	/** On network file systems: nothing is asked of the file in this thread, its state is the one of the last read. */
	readonly polled: boolean;
}

/** A map that a thread reads and holds: JSON, and everything on a network file system. */
export class WholeSource implements Source {
	generation = 0;
	/** It is read whole, or asked about once a second. */
	readonly isDamaged = false;
	readonly isPreparing = false;
	conflicts = NO_CONFLICTS;
	#counts = NO_COUNTS;
	readonly polled: boolean;
	readonly #path: string;
	readonly #whole: Whole;
	#readGeneration: number | undefined;
	#stamp: Stamp | undefined;
	#fault: Unreadable | undefined;

	constructor({ path, whole, polled }: WholeSourceOptions) {
		this.polled = polled;
		this.#path = path;
		this.#whole = whole;
	}

	current(): boolean {
		if (this.#fault !== undefined) return false;
		return this.polled ? this.generation > 0 : this.#isSameFile();
	}

	/** Throws what the last read met, unless the file has changed since. */
	routeNow(): Route | undefined {
		if (this.#fault !== undefined && (this.polled || this.#isSameFile()))
			throw this.#fault;
		return undefined;
	}

	/** To ask the thread for all of them takes longer than to ask it for each. */
	differing(): undefined {
		return undefined;
	}

	async read(keys: readonly string[]): Promise<Reading> {
		const before = this.#readGeneration;
		// A thread that dies over this question counts from the beginning again.
		this.#readGeneration = undefined;
		const answer = await this.#whole.ask(keys);
		this.#stamp = answer.stamp;
		if ("reason" in answer) {
			this.#readGeneration = before;
			this.#fault = new Unreadable(answer.reason, answer.passing);
			throw this.#fault;
		}
		this.#fault = undefined;
		this.conflicts = answer.conflicts;
		this.#counts = answer.counts;
		this.#readGeneration = answer.generation;
		if (answer.generation !== before) this.generation++;
		return { generation: this.generation, routes: answer.routes };
	}

	counts(): Counts {
		return this.#counts;
	}

	close(): Promise<void> {
		return this.#whole.close();
	}

	#isSameFile(): boolean {
		const stamp = stampOf(this.#path);
		return this.#stamp !== undefined && sameStamp(stamp, this.#stamp);
	}
}
