import type { Config } from "../config/config.js";
import { type OwnAddress, PROTOCOL, type Word } from "../group.js";
import { KnownFacts } from "../known-facts.js";
import { type BoundSocket, bindSockets } from "../listening/bound-socket.js";
import { takeDescriptors } from "../listening/given-descriptors.js";
import { UNIX } from "../listening/listen.js";
import { type Log, openLog, StartError } from "../log/log.js";
import { VERSION } from "../package.js";
import { listenError } from "../process/listen-error.js";
import { openAfterPredecessor } from "../process/predecessor.js";
import { serviceManager } from "../process/service-manager.js";
import type { Signals } from "../process/signals.js";
import { Questions } from "./questions.js";
import {
	type WorkerEnd,
	type WorkerListener,
	WorkerProcess,
} from "./worker-process.js";

/**
 * The supervisor's life: binds, holds the listening sockets, and keeps --workers processes that serve them.
 * @param args the command line, which the workers get
 * @returns the exit code
 * @throws {StartError} if it cannot bind
 */
export async function supervise(
	config: Config,
	args: readonly string[],
	signals: Signals,
): Promise<number> {
	const log = await openLog({
		level: config.logLevel,
		file: config.logFile,
		verbose: config.verbose,
	}).catch((cause: Error) => {
		throw new StartError(cause.message, { cause });
	});
	const ending = new AbortController();
	signals.end.then(() => ending.abort());
	const sockets = await inheritOrBind(config, ending.signal);
	const notify = serviceManager(process.env.NOTIFY_SOCKET, log);
	const group = new Group(config, args, { log, sockets });
	group.ready.then(() => notify("READY"));
	signals.handleBy({
		SIGHUP() {
			notify("RELOADING");
			log.reopen();
			group.tellAll({ word: "reload" });
			notify("READY");
		},
		SIGUSR1() {
			log.reopen();
			group.tellAll({ word: "reopen" });
		},
		SIGUSR2: () => log.info({}, "rolling restart"),
	});
	const failed = await Promise.race([group.failed, signals.end.then(() => 0)]);
	notify("STOPPING");
	for (const socket of sockets) socket.close();
	log.info({}, "shutting down, the workers finish requests in flight");
	signals.endNow.then(() => group.tellAll({ word: "stop" }));
	await group.drain();
	log.info({}, "stopped");
	await log.close();
	return failed;
}

/** Listening sockets that the supervisor holds; close() gives the address up. */
type HeldSocket = Pick<BoundSocket, "fd" | "close"> & Partial<BoundSocket>;

async function inheritOrBind(
	config: Config,
	signal: AbortSignal,
): Promise<readonly HeldSocket[]> {
	try {
		const given = takeDescriptors(process.env, process.pid);
		if (given.length > 0)
			return given.map((fd) => ({ fd, close: () => undefined }));
		const { ip, port } = config;
		const at = ip.startsWith(UNIX) ? ip.slice(UNIX.length) : port;
		const bind = () => bindSockets(ip, port);
		return await openAfterPredecessor(bind, at, config, signal);
	} catch (cause) {
		throw await listenError(config, cause as NodeJS.ErrnoException);
	}
}

interface GroupParts {
	readonly log: Log;
	readonly sockets: readonly HeldSocket[];
}

/** The workers of a supervisor. */
class Group implements WorkerListener {
	/** All workers serve for the first time. */
	readonly ready: Promise<void>;
	/** The exit code, once the group cannot go on. */
	readonly failed: Promise<number>;
	readonly #args: readonly string[];
	readonly #parts: GroupParts;
	readonly #slots: number;
	readonly #workers = new Set<WorkerProcess>();
	readonly #facts = new KnownFacts();
	readonly #questions = new Questions();
	#state: "starting" | "serving" | "ending" = "starting";
	#isListening = false;
	#onReady: () => void = () => undefined;
	#fail: (code: number) => void = () => undefined;
	#onAllGone: (() => void) | undefined;

	constructor(config: Config, args: readonly string[], parts: GroupParts) {
		this.#args = args;
		this.#parts = parts;
		this.#slots = config.workers ?? 1;
		this.ready = new Promise((resolve) => {
			this.#onReady = resolve;
		});
		this.failed = new Promise((resolve) => {
			this.#fail = resolve;
		});
		for (let slot = 1; slot <= this.#slots; slot++) this.#begin(slot, 1);
	}

	tellAll(order: Parameters<WorkerProcess["send"]>[0]): void {
		for (const worker of this.#workers) worker.send(order);
	}

	/** Resolves when all workers have ended. */
	async drain(): Promise<void> {
		this.#state = "ending";
		this.tellAll({ word: "drain", tunnels: "sigterm" });
		if (this.#workers.size === 0) return;
		await new Promise<void>((resolve) => {
			this.#onAllGone = resolve;
		});
	}

	#begin(worker: number, generation: number): void {
		const start = {
			word: "start",
			protocol: PROTOCOL,
			version: VERSION,
			worker,
			generation,
			args: this.#args,
			refusedTargets: [],
			facts: this.#facts.all(),
		} as const;
		const descriptors = this.#parts.sockets.map(({ fd }) => fd);
		this.#workers.add(new WorkerProcess(start, descriptors, this));
	}

	onWord(worker: WorkerProcess, word: Word): void {
		switch (word.word) {
			case "ready":
				this.#onWorkerReady(worker, word.at);
				break;
			case "draining":
				if (this.#state !== "ending")
					this.#begin(worker.slot, worker.generation);
				break;
			case "fact":
				if (!this.#facts.learn(word.fact)) break;
				for (const other of this.#workers)
					if (other !== worker) other.send(word);
				break;
			case "ask":
				this.#questions.ask(worker, word, this.#workers);
				break;
			case "answer":
				this.#questions.answered(worker, word.id, word.answer);
				break;
			default:
				break;
		}
	}

	#onWorkerReady(
		{ slot, pid }: WorkerProcess,
		at: readonly OwnAddress[],
	): void {
		const { log, sockets } = this.#parts;
		log.info({ worker: slot, workerPid: pid }, "worker ready");
		if (!this.#isListening)
			for (const [index, own] of at.entries())
				log.info(sockets[index]?.at ?? own, "listening");
		this.#isListening = true;
		const serving = [...this.#workers].filter(
			({ state }) => state === "serving",
		);
		if (this.#state !== "starting" || serving.length < this.#slots) return;
		this.#state = "serving";
		this.#onReady();
	}

	onEnd(worker: WorkerProcess, { code, signal, error }: WorkerEnd): void {
		const { log } = this.#parts;
		this.#workers.delete(worker);
		this.#questions.workerEnded(worker);
		if (this.#state === "ending") {
			if (this.#workers.size === 0) this.#onAllGone?.();
			return;
		}
		log.error(
			{ worker: worker.slot, code, signal, ...(error && { err: error }) },
			"a worker ended, another one takes its place",
		);
		if (this.#state === "starting" && code !== null) this.#fail(code);
		else this.#begin(worker.slot, worker.generation);
	}
}
