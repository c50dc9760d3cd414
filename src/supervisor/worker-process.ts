import { type ChildProcess, fork } from "node:child_process";
import { withoutSecrets } from "../database.js";
import {
	type Order,
	type StartOrder,
	WORKER_VARIABLE,
	type Word,
} from "../group.js";

/** starting: not listening yet. spare: ready to listen when ordered. draining: ending, because of an order or a signal. */
export type WorkerState =
	| "starting"
	| "spare"
	| "serving"
	| "draining"
	| "ended";

/** How a worker ended. error: it could not be started or reached. */
export interface WorkerEnd {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly error?: Error;
}

export interface WorkerListener {
	/** Called for each message, after `worker` has its new state. */
	onWord(worker: WorkerProcess, word: Word): void;
	/** Called once. */
	onEnd(worker: WorkerProcess, end: WorkerEnd): void;
}

/** Signals by which Node ends itself if it gets no thread or memory. */
const ABORTS: ReadonlySet<NodeJS.Signals | null> = new Set([
	"SIGABRT",
	"SIGTRAP",
]);

/** Node fires longer timers at once. The longest times of the command line, plus their margin, are longer than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Variables that workers must not inherit: the sockets and the notifications of the supervisor's service manager. */
const OWN_VARIABLES = [
	"NOTIFY_SOCKET",
	"LISTEN_FDS",
	"LISTEN_PID",
	"LISTEN_FDNAMES",
	"LISTEN_PIDFDID",
];

/** A worker, as its supervisor sees it: the process, its state and the channel to it. */
export class WorkerProcess {
	state: WorkerState = "starting";
	/** The versions of its code and of its Node; empty until its hello. */
	version = "";
	node = "";
	/** When its last message arrived, by performance.now(). */
	heardAt = performance.now();
	/** Whether it cannot obey orders yet. */
	isLoading = true;
	hasServed = false;
	/** How it ended; undefined while it lives. */
	end: WorkerEnd | undefined;
	/** Resolves when it serves, or has ended before that. */
	readonly begun: Promise<void>;
	/** undefined for a spare. */
	slot: number | undefined;
	readonly generation: number;
	readonly #child: ChildProcess | undefined;
	readonly #listener: WorkerListener;
	#onBegun: () => void = () => undefined;
	#killing: NodeJS.Timeout | undefined;
	#isGivenUp = false;

	/**
	 * Starts the program that is on the disk now.
	 * @param descriptors the listening sockets that it inherits
	 */
	constructor(
		start: StartOrder,
		descriptors: readonly number[],
		listener: WorkerListener,
	) {
		this.slot = start.worker || undefined;
		this.generation = start.generation;
		this.#listener = listener;
		this.begun = new Promise((resolve) => {
			this.#onBegun = resolve;
		});
		try {
			this.#child = this.#fork(start, descriptors);
		} catch (error) {
			setImmediate(() => this.#ended({ ...NO_CODE, error: error as Error }));
		}
	}

	/** undefined if it could not be started. */
	get pid(): number | undefined {
		return this.#child?.pid;
	}

	/** Lets a spare serve in this slot, once it has loaded everything. */
	serveIn(slot: number): void {
		this.slot = slot;
		if (this.state === "spare") this.state = "starting";
		this.send({ word: "listen" });
	}

	/** Orders to a worker that has ended are lost. */
	send(order: Order): void {
		if (order.word === "drain" && this.state !== "ended")
			this.state = "draining";
		if (this.#child?.connected) this.#child.send(order, ignore);
	}

	kill(): void {
		this.#child?.kill("SIGKILL");
	}

	/** It hangs at its start, and its end will count as a failed start. */
	giveUp(): void {
		this.#isGivenUp = true;
	}

	/**
	 * Kills it after this time, unless it is ready or has ended by then. A later call replaces the time.
	 * @param onKill called just before
	 */
	killAfter(milliseconds: number, onKill: () => void): void {
		this.#letLive();
		const kill = () => {
			if (this.#killing !== timer) return;
			onKill();
			this.kill();
		};
		const timer = setTimeout(
			// If the supervisor itself has paused, words of its workers are waiting.
			() => setImmediate(kill),
			Math.min(milliseconds, LONGEST_TIMER_MS),
		).unref();
		this.#killing = timer;
	}

	#letLive(): void {
		clearTimeout(this.#killing);
		this.#killing = undefined;
	}

	#fork(start: StartOrder, descriptors: readonly number[]): ChildProcess {
		const env: NodeJS.ProcessEnv = {
			...process.env,
			[WORKER_VARIABLE]: String(descriptors.length),
		};
		for (const name of OWN_VARIABLES) delete env[name];
		const [, script = ""] = process.argv;
		// The process list shows arguments to every user.
		const child = fork(script, start.args.map(withoutSecrets), {
			env,
			stdio: ["ignore", "inherit", "inherit", ...descriptors, "ipc"],
			serialization: "json",
		});
		child.on("message", (word: Word) => this.#heard(word));
		child.on("error", (error) => {
			if (child.pid === undefined) this.#ended({ ...NO_CODE, error });
		});
		child.once("exit", (code, signal) =>
			this.#ended({ code, signal, ...this.#failedStart(signal) }),
		);
		// Without a process there may be no channel either.
		if (child.pid !== undefined) child.send(start, ignore);
		return child;
	}

	#heard(word: Word): void {
		this.heardAt = performance.now();
		if (word.word === "spare" || word.word === "ready") this.isLoading = false;
		if (word.word === "hello") {
			this.version = word.version;
			this.node = word.node;
		} else if (word.word === "spare" && this.#isWaiting()) {
			this.state = "spare";
			this.#letLive();
		} else if (word.word === "ready" && this.state === "starting") {
			this.state = "serving";
			this.hasServed = true;
			this.#letLive();
			this.#onBegun();
		} else if (word.word === "draining") this.state = "draining";
		this.#listener.onWord(this, word);
	}

	/** Whether it starts as a spare and has not been ordered to listen yet. */
	#isWaiting(): boolean {
		return this.state === "starting" && this.slot === undefined;
	}

	/** Without threads or memory for Node, a new process aborts, or hangs until it is killed, before it has said a word. */
	#failedStart(signal: NodeJS.Signals | null): { error?: Error } {
		if (this.version !== "") return {};
		if (this.#isGivenUp) return { error: new Error("Node hung at its start") };
		if (!ABORTS.has(signal)) return {};
		return { error: new Error(`Node ended with ${signal} at its start`) };
	}

	#ended(end: WorkerEnd): void {
		if (this.state === "ended") return;
		this.state = "ended";
		this.end = end;
		this.#letLive();
		this.#onBegun();
		this.#listener.onEnd(this, end);
	}
}

const NO_CODE = { code: null, signal: null };

function ignore(): void {}
