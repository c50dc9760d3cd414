import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openLog } from "../../src/log/log.js";
import { scratchFolder } from "../support/folders.js";

function messages(path: string): string[] {
	const lines = readFileSync(path, "utf8").trimEnd().split("\n");
	return lines.map((line) => JSON.parse(line).msg);
}

test("a log file is appended to, and created again after logrotate has moved it", async (t) => {
	const path = join(scratchFolder(t), "proxy.log");
	const options = { level: "info", file: path, verbose: false };
	const first = await openLog(options);
	first.info({}, "one");
	await first.close();

	const second = await openLog(options);
	second.info({}, "two");
	renameSync(path, `${path}.1`);
	second.reopen();
	second.info({}, "three");
	await second.close();
	assert.deepEqual(
		[...messages(`${path}.1`), ...messages(path)],
		["one", "two", "three"],
	);
	assert.equal(messages(path).at(-1), "three");
});

test("if the file cannot be reopened, reopen() throws and the old file stays in use", async (t) => {
	const path = join(scratchFolder(t), "proxy.log");
	const log = await openLog({ level: "info", file: path, verbose: false });
	renameSync(path, `${path}.1`);
	mkdirSync(path);
	assert.throws(() => log.reopen(), /EISDIR/);
	log.info({}, "still here");
	await log.close();
	rmdirSync(path);
	assert.deepEqual(messages(`${path}.1`), ["still here"]);
});

test("a file that cannot be opened at the start is thrown", async (t) => {
	const file = join(scratchFolder(t), "missing", "proxy.log");
	await assert.rejects(
		openLog({ level: "info", file, verbose: false }),
		/ENOENT/,
	);
});
