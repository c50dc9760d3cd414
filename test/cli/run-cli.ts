import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { repository } from "../support/daemon.js";

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
	/** Its whole standard input; without it, one that never ends. */
	input?: string;
	/** As in support/daemon.ts. */
	within?: readonly string[];
}

/** Runs the program to its end, with nothing but PATH and `env` in its environment. */
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
		// An install compiles; on a machine with other work that takes its time.
		timeout: 280_000,
	});
	if (options.input !== undefined) child.stdin.end(options.input);
	const code = new Promise<number | null>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", resolve);
	});
	const [stdout, stderr] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
	]);
	return { code: await code, stdout, stderr };
}
