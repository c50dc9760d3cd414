import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { scratchFolder } from "../support/folders.js";
import { GUARD_MS } from "../support/wait.js";

/** The program works through thousands of lines. */
const PATIENCE_MS = 3 * GUARD_MS;

const log = new URL("../../src/log/log.js", import.meta.url).href;
const label = new URL("../../src/log/session-label.js", import.meta.url).href;

/** Arguments of node for a program that has log.ts imported; `code` is a module's text. */
export function logProgram(code: string): string[] {
	const imports = `import { logFatal, openLog } from ${JSON.stringify(log)};
		import { sessionLabel } from ${JSON.stringify(label)};
		const toStdout = { level: "info", file: undefined, verbose: false };
		const turn = () => new Promise(setImmediate);
		const report = (value) => process.send(value);`;
	return ["--input-type=module", "-e", imports + code];
}

/** Starts such a program; what it says with report() is awaited with `reported`. */
export function startLogging(
	t: TestContext,
	code: string,
	stdout: number | "pipe",
): ChildProcess {
	const stdio = ["ignore", stdout, "inherit", "ipc"] as const;
	const child = spawn(process.execPath, logProgram(code), {
		stdio: [...stdio],
	});
	t.after(() => child.kill("SIGKILL"));
	return child;
}

export async function reported<T>(child: ChildProcess): Promise<T> {
	const [value] = await once(child, "message", {
		signal: AbortSignal.timeout(PATIENCE_MS),
	});
	return value;
}

export async function exitCode(child: ChildProcess): Promise<number | null> {
	const [code] = await once(child, "exit", {
		signal: AbortSignal.timeout(PATIENCE_MS),
	});
	return code;
}

/** A pipe as a shell or supervisord makes it (Node's own "pipe" is a socket pair). Closed after the test. */
export function pipe(t: TestContext): { reader: number; writer: number } {
	const path = join(scratchFolder(t), "pipe");
	execFileSync("mkfifo", [path]);
	// Either end's open waits for the other's, save with this flag, with which reading fails later instead of waiting.
	const opener = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	const writer = openSync(path, constants.O_WRONLY);
	const reader = openSync(path, constants.O_RDONLY);
	closeSync(opener);
	t.after(() => closeSync(writer));
	return { reader, writer };
}
