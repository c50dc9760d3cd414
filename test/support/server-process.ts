import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { asServer, SERVER_ENVIRONMENT } from "./postgres-programs.js";
import { signalIfRunning } from "./signal.js";
import { Changes, GUARD_MS } from "./wait.js";

/** A program in the foreground that writes its log to standard error, with the processes that it starts. */
export class ServerProcess {
	/** What it has logged. */
	log = "";
	readonly #changes = new Changes();
	#child: ChildProcess | undefined;
	#isClosed = true;

	/** @returns whether it is ready; otherwise it has ended, and the log says why */
	async run(command: readonly string[], ready: RegExp): Promise<boolean> {
		const from = this.log.length;
		const [program = "", ...words] = command;
		const child = spawn(program, words, {
			stdio: ["ignore", "ignore", "pipe"],
			env: SERVER_ENVIRONMENT,
		});
		this.#child = child;
		this.#isClosed = false;
		child.stderr.setEncoding("utf8").on("data", (text: string) => {
			this.log += text;
			this.#changes.notify();
		});
		child.once("close", () => {
			this.#isClosed = true;
			this.#changes.notify();
		});
		return await this.#changes.wait(
			`${ready} in its log`,
			() =>
				ready.test(this.log.slice(from)) ||
				(this.#isClosed ? false : undefined),
			() => this.log,
		);
	}

	/** Waits for text in its log, behind `from`. */
	async logged(pattern: RegExp, from = 0): Promise<void> {
		await this.#changes.wait(
			`${pattern} in its log`,
			() => pattern.test(this.log.slice(from)) || undefined,
			() => this.log,
		);
	}

	/** Sends the signal and waits for the end. */
	async signal(signal: NodeJS.Signals): Promise<void> {
		const child = this.#child;
		if (child === undefined || this.#isClosed) return;
		const closed = once(child, "close");
		child.kill(signal);
		await closed;
	}

	/** Stops all its processes: it is there and says nothing. */
	pause(): void {
		const pid = this.#runningPid();
		if (pid === undefined) return;
		// The parent first, so that it starts no other; on another core it may run for a moment.
		signalIfRunning(pid, "SIGSTOP");
		const giveUp = performance.now() + GUARD_MS;
		while (isRunning(pid))
			if (performance.now() > giveUp)
				throw new Error(
					`process ${pid} still runs ${GUARD_MS} ms after SIGSTOP: ${statusOf(pid)}`,
				);
		for (const child of childrenOf(pid)) signalIfRunning(child, "SIGSTOP");
	}

	resume(): void {
		const pid = this.#runningPid();
		if (pid === undefined) return;
		for (const child of childrenOf(pid)) signalIfRunning(child, "SIGCONT");
		signalIfRunning(pid, "SIGCONT");
	}

	#runningPid(): number | undefined {
		const child = this.#child;
		return child === undefined || hasEnded(child) ? undefined : child.pid;
	}
}

/** The program's command, run as the user who may run a server. */
export function serverCommand(
	program: string,
	words: readonly string[],
	within: readonly string[] = [],
): string[] {
	return [...within, ...asServer(), program, ...words];
}

function childrenOf(pid: number): number[] {
	const list = readIfThere(`/proc/${pid}/task/${pid}/children`);
	return list.trim().split(" ").filter(Boolean).map(Number);
}

/** A process's file; empty once the process has ended. */
function readIfThere(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		const { code = "" } = error as NodeJS.ErrnoException;
		if (["ENOENT", "ESRCH"].includes(code)) return "";
		throw error;
	}
}

/** Neither stopped nor ended. */
function isRunning(pid: number): boolean {
	return /^State:\s+[^TZX]/m.test(statusOf(pid));
}

function statusOf(pid: number): string {
	return readIfThere(`/proc/${pid}/status`);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
	return exitCode !== null || signalCode !== null;
}
