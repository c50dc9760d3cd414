import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Route } from "../route.js";
import {
	type Conflicts,
	type LastRead,
	type MapSource,
	NO_CONFLICTS,
	NO_COUNTS,
	type Reading,
} from "./map-source.js";
import {
	AddressOwners,
	type Counts,
	type OwnersData,
} from "./owners/address-owners.js";
import type { Scan } from "./owners/owner-rows.js";
import type { DriverName } from "./sqlite-driver.js";
import { isSameStamp, type Stamp, stampOf } from "./sqlite-file.js";
import { Unreadable } from "./unreadable.js";

/** What a thread is started for: to answer questions about a map, or to scan it once. */
export type ThreadTask =
	| ({ readonly kind: "answer" } & AnswerTask)
	| ({ readonly kind: "scan" } & ScanTask);

interface AnswerTask {
	readonly path: string;
	/** Undefined for a JSON map. */
	readonly driver: DriverName | undefined;
	/** Whether only the latest of the rows with one address is served. */
	readonly oneOwner: boolean;
}

interface ScanTask {
	readonly path: string;
	readonly driver: DriverName;
	readonly before: OwnersData | undefined;
	readonly areRowidsNew: boolean;
}

/** The thread's answer to a list of keys. It reads the map first if that has changed. */
export type Answer =
	| MapContent
	| (MapUnreadable & { stamp: Stamp | undefined });

interface MapContent {
	readonly routes: readonly Route[];
	readonly generation: number;
	readonly conflicts: Conflicts;
	readonly counts: Counts;
	readonly stamp: Stamp | undefined;
}

export type ScanAnswer =
	| { readonly owners: OwnersData; readonly waiting: readonly number[] }
	| MapUnreadable;

/** An Unreadable as it is posted between threads. */
interface MapUnreadable {
	readonly reason: string;
	readonly isPassing: boolean;
}

/** @throws Unreadable */
export function contentOf<T extends object>(
	answer: T,
): Exclude<T, MapUnreadable> {
	if (isUnreadable(answer))
		throw new Unreadable(answer.reason, answer.isPassing);
	return answer as Exclude<T, MapUnreadable>;
}

function isUnreadable(answer: object): answer is MapUnreadable {
	return "reason" in answer;
}

/** Milliseconds before a dead thread is started again: the cause of its death may be expensive. */
const REST_MS = 1_000;
/** Milliseconds. A thread that hangs in a system call of a dead file server cannot be terminated at all. */
const TERMINATE_MS = 500;

type ThreadState =
	| { readonly kind: "stopped" }
	| { readonly kind: "running"; readonly worker: Worker }
	| {
			readonly kind: "dead";
			readonly since: number;
			readonly fault: Unreadable;
	  };

/** Asks the thread that keeps a whole map in memory. Starts it with the first question, and again after its death. */
export class MapThread {
	readonly #task: AnswerTask;
	#state: ThreadState = { kind: "stopped" };
	#resolve: (answer: Answer) => void = () => {};
	#reject: (fault: Unreadable) => void = () => {};

	constructor(task: AnswerTask) {
		this.#task = task;
	}

	/** One question at a time. @throws Unreadable if the thread dies or cannot be started */
	async ask(keys: readonly string[]): Promise<Answer> {
		const worker = this.#running();
		worker.ref();
		try {
			return await new Promise((resolve, reject) => {
				this.#resolve = resolve;
				this.#reject = reject;
				worker.postMessage(keys);
			});
		} finally {
			worker.unref();
		}
	}

	async close(): Promise<void> {
		if (this.#state.kind !== "running") return;
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<void>((resolve) => {
			timer = setTimeout(resolve, TERMINATE_MS);
		});
		await Promise.race([this.#state.worker.terminate(), late]);
		clearTimeout(timer);
	}

	#running(): Worker {
		const state = this.#state;
		switch (state.kind) {
			case "running":
				return state.worker;
			case "dead":
				if (performance.now() - state.since < REST_MS) throw state.fault;
				return this.#start();
			case "stopped":
				return this.#start();
		}
	}

	#start(): Worker {
		const { path } = this.#task;
		const worker = startWorker({ kind: "answer", ...this.#task });
		let cause: unknown = "it was ended";
		worker.on("message", (answer: Answer) => this.#resolve(answer));
		worker.on("error", (error) => {
			cause = error;
		});
		worker.on("exit", () => {
			const reason = `The thread that reads ${path} died (${String(cause)}). It is started again; if it keeps dying, the map may be too large for this machine's memory.`;
			const fault = new Unreadable(reason, true, cause);
			this.#state = { kind: "dead", since: performance.now(), fault };
			this.#reject(fault);
		});
		this.#state = { kind: "running", worker };
		return worker;
	}
}

/** Scans a map in a thread that lives for one scan. */
export class ScanThread {
	readonly #path: string;
	readonly #driver: DriverName;
	#worker: Worker | undefined;

	constructor(path: string, driver: DriverName) {
		this.#path = path;
		this.#driver = driver;
	}

	/** One scan at a time. @throws Unreadable */
	async scan(
		before: AddressOwners | undefined,
		areRowidsNew: boolean,
	): Promise<Scan> {
		const worker = startWorker({
			kind: "scan",
			path: this.#path,
			driver: this.#driver,
			before: before?.data,
			areRowidsNew,
		});
		worker.unref();
		this.#worker = worker;
		const answer = await new Promise<ScanAnswer>((resolve, reject) => {
			const fail = (event: string, cause?: unknown) => {
				const reason = `The thread that reads ${this.#path} ${event}. If that goes on, raise the limits of memory and of processes (TasksMax, ulimit -u).`;
				reject(new Unreadable(reason, true, cause));
			};
			worker.once("message", resolve);
			worker.once("error", (error) => fail(`died (${String(error)})`, error));
			worker.once("exit", () => fail("was ended"));
		});
		const { owners, waiting } = contentOf(answer);
		return { owners: new AddressOwners(owners), waiting };
	}

	async close(): Promise<void> {
		await this.#worker?.terminate();
	}
}

/** @throws Unreadable */
function startWorker(task: ThreadTask): Worker {
	try {
		return new Worker(join(__dirname, "map-worker.js"), { workerData: task });
	} catch (error) {
		const reason = `No thread can be started to read ${task.path} (${String(error)}). Raise the limit of processes (TasksMax, ulimit -u).`;
		throw new Unreadable(reason, true, error);
	}
}

interface ThreadSourceOptions {
	readonly path: string;
	readonly thread: MapThread;
	/** On a network file system, where this thread never touches the file: the last read counts as current. */
	readonly isPolled: boolean;
}

/** A map that a thread reads as a whole: JSON, and every map on a network file system. */
export class ThreadSource implements MapSource, LastRead {
	readonly lastRead: LastRead = this;
	generation = 0;
	readonly isDamaged = false;
	readonly isPreparing = false;
	conflicts = NO_CONFLICTS;
	readonly isPolled: boolean;
	readonly #path: string;
	readonly #thread: MapThread;
	#counts = NO_COUNTS;
	/** The generation that the thread counts; undefined before its first answer. */
	#threadGeneration: number | undefined;
	#stamp: Stamp | undefined;
	/** What the last read met. */
	#fault: Unreadable | undefined;

	constructor({ path, thread, isPolled }: ThreadSourceOptions) {
		this.isPolled = isPolled;
		this.#path = path;
		this.#thread = thread;
	}

	isCurrent(): boolean {
		if (this.#fault !== undefined) return false;
		return this.isPolled ? this.generation > 0 : this.#isSameFile();
	}

	/** Throws what the last read met, unless the file has changed since. */
	routeNow(): undefined {
		if (this.#fault !== undefined && (this.isPolled || this.#isSameFile()))
			throw this.#fault;
	}

	/** Asking the thread about all of them takes longer than asking about each. */
	differing(): undefined {}

	async read(keys: readonly string[]): Promise<Reading> {
		const before = this.#threadGeneration;
		// If the thread dies, its successor starts to count again.
		this.#threadGeneration = undefined;
		const answer = await this.#thread.ask(keys);
		this.#stamp = answer.stamp;
		try {
			const { generation, routes, conflicts, counts } = contentOf(answer);
			this.#fault = undefined;
			this.conflicts = conflicts;
			this.#counts = counts;
			this.#threadGeneration = generation;
			if (generation !== before) this.generation++;
			return { generation: this.generation, routes };
		} catch (error) {
			this.#threadGeneration = before;
			if (error instanceof Unreadable) this.#fault = error;
			throw error;
		}
	}

	counts(): Counts {
		return this.#counts;
	}

	close(): Promise<void> {
		return this.#thread.close();
	}

	#isSameFile(): boolean {
		const stamp = stampOf(this.#path);
		return this.#stamp !== undefined && isSameStamp(stamp, this.#stamp);
	}
}
