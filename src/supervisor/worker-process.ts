import { type ChildProcess, fork } from "node:child_process";
import { withoutSecrets } from "../database.js";
import {
	type Order,
	type StartOrder,
	WORKER_VARIABLE,
	type Word,
} from "../group.js";

/** starting: it does not listen yet. spare: nor does it until it is told to. draining: it ends, by an order or by a signal. */
export type WorkerState =
	| "starting"
	| "spare"
	| "serving"
	| "draining"
	| "ended";

/** How a worker ended. error: it could not be started, or not be reached. */
export interface WorkerEnd {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly error?: Error;
}

export interface WorkerListener {
	/** Called for each word, after the worker has noted its own state. */
	onWord(worker: WorkerProcess, word: Word): void;
	/** Called once. */
	onEnd(worker: WorkerProcess, end: WorkerEnd): void;
}

/** Longer timers fire at once: the longest times of the command line plus their margin are longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Environment of the supervisor alone: the sockets and the notifications of its service manager. */
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
	/** The version of its code, and of its Node; empty until its hello. */
	version = "";
	node = "";
	/** When it last said something, in milliseconds of performance.now(). */
	heardAt = performance.now();
	hasServed = false;
	/** How it ended; undefined while it lives. */
	end: WorkerEnd | undefined;
	/** Resolves when it serves, or has ended without. */
	readonly begun: Promise<void>;
	/** undefined: it is a spare. */
	slot: number | undefined;
	readonly generation: number;
	readonly #child: ChildProcess | undefined;
	readonly #listener: WorkerListener;
	#onBegun: () => void = () => undefined;
	#killing: NodeJS.Timeout | undefined;

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

	/** undefined: it could not be started. */
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

	/**
	 * Kills it after so many milliseconds, unless it has got ready or ended by then, or another time is set.
	 * @param onKill called then
	 */
	killAfter(milliseconds: number, onKill: () => void): void {
		clearTimeout(this.#killing);
		this.#killing = setTimeout(
			() => {
				onKill();
				this.kill();
			},
			Math.min(milliseconds, LONGEST_TIMER_MS),
		).unref();
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
		child.once("exit", (code, signal) => this.#ended({ code, signal }));
		// Without a process there may be no channel either.
		if (child.pid !== undefined) child.send(start, ignore);
		return child;
	}

	#heard(word: Word): void {
		this.heardAt = performance.now();
		if (word.word === "hello") {
			this.version = word.version;
			this.node = word.node;
		} else if (word.word === "spare" && this.#isWaiting()) {
			this.state = "spare";
			clearTimeout(this.#killing);
		} else if (word.word === "ready" && this.state === "starting") {
			this.state = "serving";
			this.hasServed = true;
			clearTimeout(this.#killing);
			this.#onBegun();
		} else if (word.word === "draining") this.state = "draining";
		this.#listener.onWord(this, word);
	}

	/** Whether it starts as a spare, and has not been told to listen meanwhile. */
	#isWaiting(): boolean {
		return this.state === "starting" && this.slot === undefined;
	}

	#ended(end: WorkerEnd): void {
		if (this.state === "ended") return;
		this.state = "ended";
		this.end = end;
		clearTimeout(this.#killing);
		this.#onBegun();
		this.#listener.onEnd(this, end);
	}
}

const NO_CODE = { code: null, signal: null };

function ignore(): void {}
