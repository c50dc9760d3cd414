import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { repository, scratchFolder } from "./folders.js";
import { type Row, writeSessionMap } from "./session-map.js";
import { Changes, TICK_MS, within } from "./wait.js";
import { environmentFor, isReady, workersAdded } from "./workers.js";

/** Milliseconds until a daemon that was told to end is killed: longer than the default drain time. Counted as GUARD_MS. */
const END_MS = 15_000;

const LISTEN = ["--ip", "127.0.0.1", "--port", "0"];

/** The tests' own flag for SQLite is passed to the daemon too: without node:sqlite it uses better-sqlite3. */
const NODE_FLAGS = process.execArgv.filter(
	(flag) => flag === "--no-experimental-sqlite",
);

/** One line of the daemon's log. */
export interface LogLine {
	msg?: string;
	[field: string]: unknown;
}

export interface DaemonOptions {
	/** Written to a new map; without `sessions` and `map` the table is empty. */
	sessions?: Record<string, Row>;
	/** A map of the test's own, which may not exist; nothing is written then. */
	map?: string;
	/** More arguments; if a flag is given twice the last one counts. */
	args?: string[];
	/** `args` are all arguments: where to listen and the map come from elsewhere. */
	bare?: boolean;
	env?: NodeJS.ProcessEnv;
	/** Words in front of node's, of a program that becomes it: `prlimit`, `ip netns exec`, ... */
	within?: readonly string[];
	/** The file to execute, by default this repository's. */
	script?: string;
	/** It need not know its map yet, or ends before. */
	stillLoads?: boolean;
	/** The test provokes an `internal fault` itself. */
	mayFault?: boolean;
}

/**
 * Starts lib/main.js as Galaxy does, on a free port, and waits until it listens and has looked at its map: a request before
 * that is held. After the test it is stopped, and the test fails if it logged an internal fault, had died, or (where the
 * test did not stop it itself) its exit code is not 0.
 */
export async function startDaemon(
	t: Pick<TestContext, "after">,
	options: DaemonOptions = {},
): Promise<Daemon> {
	const daemon = spawnDaemon(t, options);
	const line = await daemon.logged(({ msg }) => msg === "listening");
	daemon.port = Number(line.port);
	if (options.stillLoads) return daemon;
	await daemon.logged(tellsOfMap);
	for (let slot = 1; slot <= workersAdded(options.args); slot++)
		await daemon.logged((each) => isReady(each, slot));
	return daemon;
}

/** As startDaemon(), but it does not wait for anything. */
export function spawnDaemon(
	t: Pick<TestContext, "after">,
	options: DaemonOptions = {},
): Daemon {
	const map = options.map ?? join(scratchFolder(t), "session_map.sqlite");
	if (options.map === undefined) writeSessionMap(map, options.sessions ?? {});

	const { script = join(repository, "lib", "main.js") } = options;
	const [command = "", ...args] = [
		...(options.within ?? []),
		process.execPath,
		...NODE_FLAGS,
		script,
		...(options.bare ? [] : [...LISTEN, "--sessions", map]),
		...(options.args ?? []),
	];
	const env = { ...environmentFor(options.args), ...options.env };
	const child = spawn(command, args, { env });
	const daemon = new Daemon(child, map);
	t.after(() => daemon.verify(options.mayFault ?? false));
	return daemon;
}

/** Whether the line says that the map was read, or cannot be. */
export function tellsOfMap({ msg }: LogLine): boolean {
	return msg === "session map readable" || msg === "session map unreadable";
}

/** A running daemon and its log. */
export class Daemon {
	port = 0;
	readonly pid: number;
	/** The parsed log lines so far. */
	readonly lines: LogLine[] = [];
	stderr = "";
	#changes = new Changes();
	#ended: Promise<number | null>;
	#code: number | null | undefined;
	#judged = false;

	constructor(
		readonly child: ChildProcessWithoutNullStreams,
		/** The session map's path. */
		readonly map: string,
	) {
		this.pid = child.pid ?? 0;
		this.#ended = new Promise((resolve) => {
			child.once("close", (code) => {
				this.#code = code;
				this.#changes.notify();
				resolve(code);
			});
		});
		child.stderr.setEncoding("utf8").on("data", (text: string) => {
			this.stderr += text;
			this.#changes.notify();
		});
		readLines(child.stdout.setEncoding("utf8"), (line) => {
			this.lines.push(line);
			this.#changes.notify();
		});
	}

	/** The first line that the predicate holds for, already logged or awaited. */
	logged(predicate: (line: LogLine) => boolean): Promise<LogLine> {
		const find = (): LogLine | undefined => {
			const line = this.lines.find(predicate);
			if (!line && this.#code !== undefined)
				throw new Error(
					`the daemon ended with ${this.#code}: ${this.#soFar()}`,
				);
			return line;
		};
		return this.#changes.wait(`log line ${predicate}`, find, () =>
			this.#soFar(),
		);
	}

	/** Waits until standard error has text that matches. @returns the match */
	printed(pattern: RegExp): Promise<RegExpExecArray> {
		return this.#changes.wait(
			`${pattern} on standard error`,
			() => pattern.exec(this.stderr) ?? undefined,
			() => this.#soFar(),
		);
	}

	/** Sends the signal and waits for the end; the exit code, null if a signal ended it, is then the caller's to judge. */
	stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
		this.#judged = true;
		return this.#end(signal);
	}

	/** Waits for its end; the caller judges the exit code. */
	exited(): Promise<number | null> {
		this.#judged = true;
		return within("an exit", this.#ended, () => this.#soFar());
	}

	/** Stops what still runs and throws if something was wrong with its life. */
	async verify(mayFault: boolean): Promise<void> {
		const code = await this.#end("SIGTERM");
		const fault = this.lines.find((line) => line.msg === "internal fault");
		if (fault && !mayFault)
			throw new Error(`internal fault logged: ${JSON.stringify(fault)}`);
		if (code !== 0 && !this.#judged)
			throw new Error(`the daemon ended with ${code}: ${this.#soFar()}`);
	}

	#end(signal: NodeJS.Signals): Promise<number | null> {
		this.child.kill(signal);
		let left = END_MS / TICK_MS;
		const last = setInterval(() => {
			if (--left === 0) this.child.kill("SIGKILL");
		}, TICK_MS);
		return this.#ended.finally(() => clearInterval(last));
	}

	#soFar(): string {
		const lines = this.lines.map((line) => JSON.stringify(line));
		return [...lines, this.stderr].join("\n");
	}
}

function readLines(
	stream: NodeJS.ReadableStream,
	use: (line: LogLine) => void,
): void {
	let rest = "";
	stream.on("data", (text: string) => {
		const parts = (rest + text).split("\n");
		rest = parts.pop() ?? "";
		for (const part of parts)
			use(part.startsWith("{") ? JSON.parse(part) : { msg: part });
	});
}
