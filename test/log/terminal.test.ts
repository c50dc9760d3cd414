import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { logProgram } from "./program.js";

/** The program's output on a terminal. */
function shown(code: string): string[] {
	const inPty = "import pty, sys; pty.spawn(sys.argv[1:])";
	const ended = `${code} await log.close(); process.exit(0);`;
	const program = logProgram(`const log = await openLog(toStdout); ${ended}`);
	const args = ["-c", inPty, process.execPath, ...program];
	return execFileSync("python3", args, { input: "", timeout: 100_000 })
		.toString()
		.trimEnd()
		.split("\r\n");
}

test("on a terminal a line is text: time, level, message, key=value", () => {
	const [line] = shown(
		`log.info({ ip: "::1", port: 8800, why: "no such file" }, "listening");`,
	);
	assert.match(
		line ?? "",
		/^[\d-]+T[\d:.]+Z info {2}listening ip=::1 port=8800 why="no such file"$/,
	);
});

test("control characters in a path do not reach the terminal", () => {
	const [line] = shown(`log.warn({ path: "/\\x1b[2J\\x9b2J" }, "odd");`);
	assert.match(line ?? "", /path="\/\\u001b\[2J\\u009b2J"$/);
});

test("a stack is printed below its line", () => {
	const lines = shown(`log.error({ err: new Error("boom") }, "fault");`);
	assert.match(lines[0] ?? "", /error fault$/);
	assert.equal(lines[1], "Error: boom");
	assert.match(lines[2] ?? "", /^ {4}at /);
});
