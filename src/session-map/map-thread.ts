// Longer than 300 lines: a thread, its messages and the source that asks it change together.
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Mode } from "../mode.js";
import type { Route } from "../route.js";
import { steadyOf } from "../steady-clock.js";
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
	type Connected,
	type Counts,
	type OwnersData,
} from "./owners/address-owners.js";
import type { OwnerNews } from "./owners/owner-facts.js";
import type { Scan } from "./owners/owner-rows.js";
import { ASK_AGAIN_MS, type SharedOwners } from "./shared-owners.js";
import type { DriverName } from "./sqlite-driver.js";
import { isSameStamp, type Stamp, stampOf } from "./sqlite-file.js";
import { NotMadeYet, Unreadable } from "./unreadable.js";

export interface MapTask {
	readonly path: string;
	/** Undefined for a JSON map. */
	readonly driver: DriverName | undefined;
	/** Whether only the latest of the rows with one address is served. */
	readonly oneOwner: boolean;
	readonly mode: Mode;
	/** Whether other workers read the same map. */
	readonly isShared: boolean;
}

/** The parts of a source that only its process has. */
export interface SourceParts {
	/** Called when routes may have changed although the file has not. */
	readonly onNews: () => void;
	/** The proxy's, for maps of tools. */
	readonly connections: (() => Connected[]) | undefined;
	/** In a worker. */
	readonly shared: SharedOwners | undefined;
}

/** The routes of these keys, or the owners of all addresses. */
export type Question = RoutesQuestion | OwnersQuestion;

export interface RoutesQuestion {
	readonly kind: "routes";
	readonly keys: readonly string[];
	/** When the file was last seen unchanged since the last read, in milliseconds of steadyNow(). */
	readonly currentAt: number;
	/** The proxy's; undefined: ask again with them if the content has doubted rows. */
	readonly connections: readonly Connected[] | undefined;
	/** Of other workers, since the last question. */
	readonly news: readonly OwnerNews[];
}

export interface OwnersQuestion {
	readonly kind: "owners";
	readonly before: OwnersData | undefined;
	readonly areRowidsNew: boolean;
}

/** The thread reads the map first if that has changed. */
export interface MapContent {
	readonly routes: readonly Route[];
	readonly generation: number;
	readonly conflicts: Conflicts;
	readonly counts: Counts;
	/** The hashes of the addresses of doubted rows (see Doubt). */
	readonly doubtedAt: readonly number[];
	/** For other workers. */
	readonly news: readonly OwnerNews[];
	readonly stamp: Stamp | undefined;
}

/** A Scan as it is posted between threads. */
export interface ScannedData {
	readonly owners: OwnersData;
	readonly waiting: readonly number[];
}

/** An Unreadable as it is posted between threads. */
export interface MapUnreadable {
	readonly reason: string;
	readonly isPassing: boolean;
	/** Whether it was a NotMadeYet. */
	readonly isAwaited: boolean;
	readonly stamp: Stamp | undefined;
}

/** @throws Unreadable */
export function contentOf<T extends object>(answer: T | MapUnreadable): T {
	if (!("reason" in answer)) return answer;
	const Problem = answer.isAwaited ? NotMadeYet : Unreadable;
	throw new Problem(answer.reason, answer.isPassing);
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
			readonly failure: Unreadable;
	  };

/** Asks a thread that reads whole maps. Starts it with the first question, and again after its death. */
export class MapThread {
	/** How often it was started. */
	starts = 0;
	readonly #task: MapTask;
	#state: ThreadState = { kind: "stopped" };
	#resolve: (answer: unknown) => void = () => {};
	#reject: (failure: Unreadable) => void = () => {};

	constructor(task: MapTask) {
		this.#task = task;
	}

	routes(
		question: Partial<RoutesQuestion> & Pick<RoutesQuestion, "keys">,
	): Promise<MapContent | MapUnreadable> {
		return this.#ask({
			kind: "routes",
			currentAt: Number.NEGATIVE_INFINITY,
			connections: undefined,
			news: [],
			...question,
		});
	}

	/** Scans the map; the thread then ends, because a scan takes much memory. @throws Unreadable */
	async scan(
		before: AddressOwners | undefined,
		areRowidsNew: boolean,
	): Promise<Scan> {
		const question = { kind: "owners", before: before?.data, areRowidsNew };
		try {
			const answer = await this.#ask<ScannedData>(question as Question);
			const { owners, waiting } = contentOf(answer);
			return { owners: new AddressOwners(owners), waiting };
		} finally {
			// The owners themselves wait before they scan again.
			if (this.#state.kind === "dead") this.#state = { kind: "stopped" };
			else void this.close();
		}
	}

	/** One question at a time. @throws Unreadable if the thread dies or cannot be started */
	async #ask<T>(question: Question): Promise<T | MapUnreadable> {
		const worker = this.#running();
		worker.ref();
		try {
			return await new Promise<T | MapUnreadable>((resolve, reject) => {
				this.#resolve = (answer) => resolve(answer as T);
				this.#reject = reject;
				worker.postMessage(question);
			});
		} finally {
			worker.unref();
		}
	}

	async close(): Promise<void> {
		if (this.#state.kind !== "running") return;
		const { worker } = this.#state;
		this.#state = { kind: "stopped" };
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<void>((resolve) => {
			timer = setTimeout(resolve, TERMINATE_MS);
		});
		await Promise.race([worker.terminate(), late]);
		clearTimeout(timer);
	}

	#running(): Worker {
		const state = this.#state;
		if (state.kind === "running") return state.worker;
		if (state.kind === "dead" && performance.now() - state.since < REST_MS)
			throw state.failure;
		return this.#start();
	}

	#start(): Worker {
		const { path } = this.#task;
		this.starts++;
		let worker: Worker;
		try {
			const program = join(__dirname, "map-worker.js");
			worker = new Worker(program, { workerData: this.#task });
		} catch (error) {
			const reason = `No thread can be started to read ${path} (${String(error)}). Raise the limit of processes (TasksMax, ulimit -u).`;
			throw new Unreadable(reason, true, error);
		}
		let cause: unknown = "it was ended";
		worker.on("message", (answer: unknown) => this.#resolve(answer));
		worker.on("error", (error) => {
			cause = error;
		});
		worker.on("exit", () => {
			const state = this.#state;
			if (state.kind === "running" && state.worker !== worker) return;
			const reason = `The thread that reads ${path} died (${String(cause)}). It is started again; if it keeps dying, the map may be too large for this machine's memory.`;
			const failure = new Unreadable(reason, true, cause);
			if (state.kind === "running")
				this.#state = { kind: "dead", since: performance.now(), failure };
			this.#reject(failure);
		});
		this.#state = { kind: "running", worker };
		return worker;
	}
}

/** A map that a thread reads as a whole: JSON, and every map on a network file system. */
export class ThreadSource implements MapSource, LastRead {
	readonly lastRead: LastRead = this;
	generation = 0;
	readonly isDamaged = false;
	readonly isPreparing = false;
	conflicts = NO_CONFLICTS;
	/** On a network file system, where this thread never touches the file: the last read counts as current. */
	readonly isPolled: boolean;
	readonly #task: MapTask;
	readonly #thread: MapThread;
	#counts = NO_COUNTS;
	/** The generation that the thread counts; undefined before its first answer. */
	#threadGeneration: number | undefined;
	#stamp: Stamp | undefined;
	/** The error of the last read, if any. */
	#failure: Unreadable | undefined;

	/** performance.now() when the content that was read last was certainly still the current one. */
	#currentAt = Number.NEGATIVE_INFINITY;
	#hasDoubts = false;
	/** Whether a doubted row may be believed now, or other workers have told something. */
	#isRereadWanted = false;
	readonly #connections: () => readonly Connected[];
	readonly #shared: SharedOwners | undefined;
	/** All that workers know of rows, for a thread that is started again; and the part that the thread does not know. */
	readonly #news = new Map<number, OwnerNews>();
	#unsent: OwnerNews[] = [];
	/** MapThread.starts at the last question. */
	#starts = 0;
	/** The last question to other workers: about which addresses, and its performance.now(). */
	#asked = { addresses: "", at: Number.NEGATIVE_INFINITY };

	constructor(
		task: MapTask,
		isPolled: boolean,
		{ onNews, connections = () => [], shared }: SourceParts,
	) {
		this.#connections = connections;
		this.isPolled = isPolled;
		this.#task = task;
		this.#thread = new MapThread(task);
		this.#shared = shared;
		shared?.onNews((news) => {
			this.#keep(news);
			this.#unsent.push(news);
			this.#isRereadWanted = true;
			if (this.#starts > 0) onNews();
		});
	}

	isCurrent(): boolean {
		if (this.#failure !== undefined || this.#isRereadWanted) return false;
		return this.isPolled ? this.generation > 0 : this.#isSameFile();
	}

	/** Throws what the last read met, unless the file has changed since. */
	routeNow(): undefined {
		if (this.#failure !== undefined && (this.isPolled || this.#isSameFile()))
			throw this.#failure;
	}

	/** Asking the thread about all of them takes longer than asking about each. */
	differing(): undefined {}

	async read(keys: readonly string[]): Promise<Reading> {
		const before = this.#threadGeneration;
		// If the thread dies, its successor starts to count again.
		this.#threadGeneration = undefined;
		this.#isRereadWanted = false;
		const answer = await this.#ask(keys);
		this.#stamp = answer.stamp;
		try {
			const { generation, routes, conflicts, counts, doubtedAt } =
				contentOf(answer);
			this.#failure = undefined;
			this.#hasDoubts = doubtedAt.length > 0;
			this.conflicts = conflicts;
			this.#counts = counts;
			this.#threadGeneration = generation;
			if (generation !== before) this.generation++;
			return { generation: this.generation, routes };
		} catch (error) {
			this.#threadGeneration = before;
			if (error instanceof Unreadable) this.#failure = error;
			throw error;
		}
	}

	async #ask(keys: readonly string[]): Promise<MapContent | MapUnreadable> {
		const currentAt = steadyOf(this.#currentAt);
		if (this.#shared !== undefined)
			return this.#askAndTell(keys, currentAt, this.#shared);
		const connections = this.#hasDoubts ? this.#connections() : undefined;
		const answer = await this.#thread.routes({ keys, currentAt, connections });
		const isComplete =
			"reason" in answer ||
			answer.doubtedAt.length === 0 ||
			connections !== undefined;
		if (isComplete) return answer;
		return this.#thread.routes({ keys, connections: this.#connections() });
	}

	/** #ask() in a worker: passes news on in both directions, and asks the others before a doubted row is believed. */
	async #askAndTell(
		keys: readonly string[],
		currentAt: number,
		shared: SharedOwners,
	): Promise<MapContent | MapUnreadable> {
		const news = this.#unsent;
		this.#unsent = [];
		const answer = await this.#thread
			.routes({ keys, currentAt, news })
			.then((first) => this.#repeatedIfRestarted(first, keys));
		if ("reason" in answer) return answer;
		this.#tell(shared, answer.news);
		const addresses = answer.doubtedAt.join();
		const now = performance.now();
		const { addresses: last, at } = this.#asked;
		if (addresses === "" || (addresses === last && now - at < ASK_AGAIN_MS))
			return answer;
		const others = await shared.connectionsAt(answer.doubtedAt);
		this.#asked = { addresses, at: now };
		if (others === undefined) return answer;
		const connections = [...this.#connections(), ...others];
		const settled = await this.#thread.routes({ keys, connections });
		if (!("reason" in settled)) this.#tell(shared, settled.news);
		return settled;
	}

	/** A thread that was started again has forgotten all earlier messages. */
	async #repeatedIfRestarted(
		answer: MapContent | MapUnreadable,
		keys: readonly string[],
	): Promise<MapContent | MapUnreadable> {
		const { starts } = this.#thread;
		const isRestarted = this.#starts > 0 && starts !== this.#starts;
		this.#starts = starts;
		if (!isRestarted || this.#news.size === 0) return answer;
		return this.#thread.routes({ keys, news: [...this.#news.values()] });
	}

	#tell(shared: SharedOwners, news: readonly OwnerNews[]): void {
		for (const each of news) this.#keep(each);
		shared.tell(news);
	}

	#keep(news: OwnerNews): void {
		if (news.fact === undefined) this.#news.delete(news.key);
		else this.#news.set(news.key, news);
	}

	connectionEnded(): boolean {
		this.#isRereadWanted ||= this.#hasDoubts;
		return this.#hasDoubts;
	}

	counts(): Counts {
		return this.#counts;
	}

	close(): Promise<void> {
		return this.#thread.close();
	}

	#isSameFile(): boolean {
		const { path, mode } = this.#task;
		let stamp: Stamp;
		try {
			stamp = stampOf(path, mode);
		} catch (error) {
			if (error instanceof NotMadeYet) this.#currentAt = performance.now();
			throw error;
		}
		if (this.#stamp === undefined || !isSameStamp(stamp, this.#stamp))
			return false;
		this.#currentAt = performance.now();
		return true;
	}
}
