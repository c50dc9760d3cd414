import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { exitCode, pipe, reported, startLogging } from "./program.js";

/** Logs 8 MiB, then one line a millisecond-ish until it is told that the notice was read. */
const eightMebibytes = `
	import { monitorEventLoopDelay } from "node:perf_hooks";
	const log = await openLog(toStdout);
	const delay = monitorEventLoopDelay({ resolution: 10 });
	delay.enable();
	const filler = "x".repeat(900);
	let lines = 0;
	for (let bytes = 0; bytes < 8 * 1024 * 1024; bytes += 1024) {
		log.info({ filler, line: ++lines }, "filling");
		if (lines % 64 === 0) await turn();
	}
	for (let turns = 0; turns < 1000; turns++) await turn();
	report({ lines, dropped: log.dropped(), worst: delay.max / 1e6 });
	process.once("message", async () => {
		await log.close();
		process.exit(0);
	});`;

interface Report {
	lines: number;
	dropped: number;
	worst: number;
}

async function readUntilNotice(stream: Readable): Promise<string[]> {
	let text = "";
	for await (const part of stream.setEncoding("utf8")) {
		text += part;
		if (text.includes("were dropped") && text.endsWith("\n")) break;
	}
	return text.trimEnd().split("\n");
}

function judge(report: Report, lines: string[]): void {
	assert.ok(report.worst < 5_000, `the loop stood for ${report.worst} ms`);
	assert.ok(report.dropped > 6000, `${report.dropped} of 8192 dropped`);
	const records = lines.map((line) => JSON.parse(line));
	const notice = records.pop();
	assert.equal(notice.dropped, report.dropped);
	const numbers = records.map((record) => record.line);
	assert.deepEqual(
		numbers,
		numbers.toSorted((a, b) => a - b),
		"out of order",
	);
	assert.equal(new Set(numbers).size, numbers.length, "written twice");
	assert.equal(records.length + report.dropped, report.lines);
}

test("a pipe whose reader sleeps through 8 MiB does not hold up the program, and a line says what was dropped", async (t) => {
	const { reader, writer } = pipe(t);
	const child = startLogging(t, eightMebibytes, writer);
	const report = await reported<Report>(child);
	judge(report, await readUntilNotice(createReadStream("", { fd: reader })));
	child.send("read");
	assert.equal(await exitCode(child), 0);
});

test("the same with a socket, as systemd gives", async (t) => {
	const child = startLogging(t, eightMebibytes, "pipe");
	const report = await reported<Report>(child);
	assert.ok(child.stdout);
	judge(report, await readUntilNotice(child.stdout));
	child.send("read");
	assert.equal(await exitCode(child), 0);
});

test("a reader that never wakes does not keep the program from ending", async (t) => {
	const { writer } = pipe(t);
	const child = startLogging(t, eightMebibytes, writer);
	await reported(child);
	child.send("end");
	assert.equal(await exitCode(child), 0);
});
