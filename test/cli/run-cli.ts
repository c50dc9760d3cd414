import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { repository } from "../support/folders.js";

export interface Ended {
	code: number | null;
	stdout: string;
	stderr: string;
}

export interface RunOptions {
	env?: Record<string, string>;
	/** Another script than the repository's lib/main.js. */
	script?: string;
	/** Arguments of node itself. */
	nodeArgs?: string[];
	cwd?: string;
	/** The complete standard input; without it, the input never ends. */
	input?: string;
	/** As in support/daemon.ts. */
	within?: readonly string[];
}

/** Milliseconds. An install compiles; on a machine with other work that takes its time. */
const PATIENCE_MS = 280_000;

/**
 * Runs the program to its end, with nothing but PATH and `env` in its environment.
 * @throws where it does not end, with what it has said and where its threads are
 */
export async function runCli(
	args: string[],
	options: RunOptions = {},
): Promise<Ended> {
	const script = options.script ?? join(repository, "lib", "main.js");
	const [command = "", ...words] = [
		...(options.within ?? []),
		process.execPath,
		...(options.nodeArgs ?? []),
		script,
		...args,
	];
	const child = spawn(command, words, {
		env: { PATH: process.env.PATH, ...options.env },
		cwd: options.cwd,
	});
	let stuck: string | undefined;
	const late = setTimeout(() => {
		try {
			stuck = threadsOf(child.pid);
		} catch (error) {
			stuck = String(error);
		}
		child.kill("SIGKILL");
	}, PATIENCE_MS);
	// It may end without reading it.
	child.stdin.on("error", () => {});
	if (options.input !== undefined) child.stdin.end(options.input);
	const code = new Promise<number | null>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", resolve);
	});
	const [stdout, stderr] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
	]);
	const ended = {
		code: await code.finally(() => clearTimeout(late)),
		stdout,
		stderr,
	};
	if (stuck === undefined) return ended;
	throw new Error(
		`${args.join(" ")} has not ended: ${JSON.stringify(ended)}\n${stuck}`,
	);
}

/** Each thread's name, what it sleeps in and its system call. */
function threadsOf(pid = 0): string {
	const tasks = `/proc/${pid}/task`;
	const read = (thread: string, file: string) =>
		readFileSync(join(tasks, thread, file), "utf8").trim();
	return readdirSync(tasks)
		.map((thread) =>
			["comm", "wchan", "syscall"].map((file) => read(thread, file)).join(" "),
		)
		.join("\n");
}
