import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Route } from "../route.js";
import {
	type Conflicts,
	NO_CONFLICTS,
	NO_COUNTS,
	type Reading,
	type Source,
} from "./map-source.js";
import {
	AddressOwners,
	type Counts,
	type OwnersData,
} from "./owners/address-owners.js";
import type { Scan } from "./owners/owner-rows.js";
import type { DriverName } from "./sqlite-driver.js";
import { type Stamp, sameStamp, stampOf } from "./sqlite-file.js";
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
		const program = join(__dirname, "map-worker.js");
		try {
			return new Worker(program, { workerData: this.#task });
		} catch (error) {
			const reason = `No thread can be started to read ${this.#task.path} (${String(error)}). Raise the limit of processes (TasksMax, ulimit -u).`;
			throw new Unreadable(reason, true, error);
		}
	}
}

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

/** What the thread is started with. */
export interface ScanTask {
	readonly path: string;
	readonly driver: DriverName;
	readonly before: OwnersData | undefined;
	readonly areRowidsNew: boolean;
}

export type ScanAnswer =
	| { readonly owners: OwnersData; readonly waiting: readonly number[] }
	| { readonly reason: string; readonly passing: boolean };

/** Scans a map in a thread that lives for one scan. */
export class ScanThread {
	readonly #path: string;
	readonly #driver: DriverName;
	#worker: Worker | undefined;

	constructor(path: string, driver: DriverName) {
		this.#path = path;
		this.#driver = driver;
	}

	/** One at a time. @throws Unreadable */
	async scan(
		before: AddressOwners | undefined,
		areRowidsNew: boolean,
	): Promise<Scan> {
		const answer = await this.#ask({
			path: this.#path,
			driver: this.#driver,
			before: before?.data,
			areRowidsNew,
		});
		if ("reason" in answer) throw new Unreadable(answer.reason, answer.passing);
		const { owners, waiting } = answer;
		return { owners: new AddressOwners(owners), waiting };
	}

	async close(): Promise<void> {
		await this.#worker?.terminate();
	}

	#ask(task: ScanTask): Promise<ScanAnswer> {
		return new Promise((resolve, reject) => {
			const fail = (what: string, cause?: unknown) =>
				reject(
					new Unreadable(
						`The thread that reads ${task.path} ${what}. If that goes on, raise the limits of memory and of processes (TasksMax, ulimit -u).`,
						true,
						cause,
					),
				);
			try {
				const worker = new Worker(join(__dirname, "owner-worker.js"), {
					workerData: task,
				});
				worker.unref();
				worker.once("message", resolve);
				worker.once("error", (error) => fail(`died (${String(error)})`, error));
				worker.once("exit", () => fail("was ended"));
				this.#worker = worker;
			} catch (error) {
				fail(`cannot be started (${String(error)})`, error);
			}
		});
	}
}
