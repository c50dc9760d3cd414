import assert from "node:assert/strict";
import {
	closeSync,
	existsSync,
	openSync,
	readFileSync,
	symlinkSync,
	unlinkSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openLog } from "../../src/log/log.js";
import { exitCode, folder, reported, startLogging } from "./program.js";

const skip = !existsSync("/dev/full") && "this system has no /dev/full";

test("a full disk under standard output does not end the program", {
	skip,
}, async (t) => {
	const full = openSync("/dev/full", "w");
	t.after(() => closeSync(full));
	const code = `
		const log = await openLog(toStdout);
		for (let line = 0; line < 2000; line++) {
			log.info({ filler: "x".repeat(900) }, "nowhere to go");
			await turn();
		}
		report(log.dropped());
		await log.close();
		process.exit(0);`;
	const child = startLogging(t, code, full);
	const dropped = await reported<number>(child);
	assert.ok(dropped > 500, `${dropped} of 2000 dropped, 1 MiB kept`);
	assert.equal(await exitCode(child), 0);
});

test("lines kept while the disk was full are written when there is room", {
	skip,
}, async (t) => {
	const path = join(folder(t), "proxy.log");
	symlinkSync("/dev/full", path);
	const log = await openLog({ level: "info", file: path, verbose: false });
	log.info({}, "first");
	log.info({}, "second");
	unlinkSync(path);
	log.reopen();
	await log.close();
	const lines = readFileSync(path, "utf8").trimEnd().split("\n");
	assert.deepEqual(
		lines.map((line) => JSON.parse(line).msg),
		["first", "second"],
	);
});
