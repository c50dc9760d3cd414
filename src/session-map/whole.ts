import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Route } from "../route.js";
import type { Counts } from "./address-owners.js";
import type { DriverName } from "./driver.js";
import type { Stamp } from "./fingerprint.js";
import type { Conflicts } from "./source.js";
import { Unreadable } from "./unreadable.js";

/** What the thread is started with. No driver: the map is JSON. */
export interface Task {
	readonly path: string;
	readonly driver: DriverName | undefined;
	/** Whether of rows with one address only the one written last leads there. */
	readonly oneOwner: boolean;
}

/** What the thread answers to a list of keys, after it looked whether the map has changed. */
export type Answer =
	| {
			readonly routes: readonly Route[];
			readonly generation: number;
			readonly conflicts: Conflicts;
			readonly counts: Counts;
			readonly stamp: Stamp | undefined;
	  }
	| {
			readonly reason: string;
			readonly passing: boolean;
			readonly stamp: Stamp | undefined;
	  };

/** Milliseconds before a thread that has died is started again: what it died of may cost much each time. */
const REST_MS = 1_000;
/** Milliseconds. A thread that hangs in a system call of a dead file server cannot be ended at all. */
const END_MS = 500;

/** Asks the thread that holds a whole map; starts it at the first question, and again after it died. */
export class Whole {
	readonly #task: Task;
	#worker: Worker | undefined;
	#diedAt = Number.NEGATIVE_INFINITY;
	#why = "";
	#settle: ((answer: Answer | Unreadable) => void) | undefined;

	constructor(task: Task) {
		this.#task = task;
	}

	/** One question at a time. @throws Unreadable where the thread died over it, or cannot be started */
	async ask(keys: readonly string[]): Promise<Answer> {
		this.#worker ??= this.#start();
		const worker = this.#worker;
		worker.ref();
		const answered = new Promise<Answer | Unreadable>((resolve) => {
			this.#settle = resolve;
		});
		worker.postMessage(keys);
		const answer = await answered;
		worker.unref();
		if (answer instanceof Unreadable) throw answer;
		return answer;
	}

	async close(): Promise<void> {
		const worker = this.#worker;
		if (worker === undefined) return;
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<void>((resolve) => {
			timer = setTimeout(resolve, END_MS);
		});
		await Promise.race([worker.terminate(), late]);
		clearTimeout(timer);
	}

	#start(): Worker {
		if (performance.now() - this.#diedAt < REST_MS)
			throw new Unreadable(this.#why, true);
		const worker = this.#newWorker();
		let fault: unknown = "it was ended";
		worker.on("message", (answer: Answer) => this.#settle?.(answer));
		worker.on("error", (error) => {
			fault = error;
		});
		worker.on("exit", () => {
			this.#worker = undefined;
			const reason = `The thread that reads ${this.#task.path} died (${String(fault)}). It is started again; if it keeps dying, the map may be too large for this machine's memory.`;
			this.#diedAt = performance.now();
			this.#why = reason;
			this.#settle?.(new Unreadable(reason, true, fault));
		});
		return worker;
	}

	#newWorker(): Worker {
		const program = join(__dirname, "whole-worker.js");
		try {
			return new Worker(program, { workerData: this.#task });
		} catch (error) {
			const reason = `No thread can be started to read ${this.#task.path} (${String(error)}). Raise the limit of processes (TasksMax, ulimit -u).`;
			throw new Unreadable(reason, true, error);
		}
	}
}
