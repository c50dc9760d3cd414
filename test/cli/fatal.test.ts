import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { logProgram } from "../log/program.js";
import { startDaemon } from "../support/daemon.js";

/** Throws outside of any exchange when it is signalled. */
function throwing(statement: string): { NODE_OPTIONS: string } {
	const code = `process.on("SIGUSR2", () => { ${statement} })`;
	const url = `data:text/javascript,${encodeURIComponent(code)}`;
	return { NODE_OPTIONS: `--import=${url}` };
}

for (const [name, statement] of [
	["a throw", 'throw new Error("boom")'],
	["a rejection that nobody handles", 'Promise.reject(new Error("boom"))'],
] as const)
	test(`${name} outside of any exchange is logged with its stack and ends the daemon with 1`, async (t) => {
		const daemon = await startDaemon(t, { env: throwing(statement) });
		process.kill(daemon.pid, "SIGUSR2");
		assert.equal(await daemon.exited(), 1);
		const line = daemon.lines.find((each) => each.msg === "fatal");
		assert.equal(line?.level, "error");
		assert.match(JSON.stringify(line?.err), /Error: boom\\n +at process/);
	});

test("before the log is open it goes to standard error", () => {
	const program = logProgram('await logFatal(new Error("boom"));');
	const shell = ["-c", 'exec "$0" "$@" 2>&1', process.execPath, ...program];
	const printed = execFileSync("sh", shell).toString();
	assert.match(printed, /^galaxy-proxy: fatal: Error: boom\n +at /);
});
