import assert from "node:assert/strict";
import {
	closeSync,
	createReadStream,
	existsSync,
	openSync,
	readFileSync,
	symlinkSync,
	unlinkSync,
} from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { openLog } from "../../src/log/log.js";
import { scratchFolder } from "../support/folders.js";
import { exitCode, pipe, reported, startLogging } from "./program.js";

/** Logs 8 MiB, then waits until the reader has read the notice. */
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

test("a pipe whose reader sleeps through 8 MiB does not block the program, and a line gives the number of dropped lines", async (t) => {
	const { reader, writer } = pipe(t);
	const child = startLogging(t, eightMebibytes, writer);
	const report = await reported<Report>(child);
	judge(report, await readUntilNotice(createReadStream("", { fd: reader })));
	child.send("read");
	assert.equal(await exitCode(child), 0);
});

test("a socket, as systemd provides it, does not block it either", async (t) => {
	const child = startLogging(t, eightMebibytes, "pipe");
	const report = await reported<Report>(child);
	assert.ok(child.stdout);
	judge(report, await readUntilNotice(child.stdout));
	child.send("read");
	assert.equal(await exitCode(child), 0);
});

test("a reader that never wakes does not prevent the program from exiting", async (t) => {
	const { writer } = pipe(t);
	const child = startLogging(t, eightMebibytes, writer);
	await reported(child);
	child.send("end");
	assert.equal(await exitCode(child), 0);
});

/** Logs over several turns to a reader that has gone, then idles and reports the processor time of idling. */
const logToNobody = `
	const log = await openLog(toStdout);
	process.once("message", async () => {
		for (let line = 0; line < 3000; line++) {
			log.info({ filler: "x".repeat(900) }, "to nobody");
			if (line % 10 === 0) await turn();
		}
		const before = process.cpuUsage();
		// The processor time of an idle program is what is measured.
		await new Promise((resolve) => setTimeout(resolve, 1500));
		const { user, system } = process.cpuUsage(before);
		report({ dropped: log.dropped(), cpuMs: (user + system) / 1000 });
		await log.close();
		process.exit(0);
	});
	report("ready");`;

test("a reader that goes away neither ends the program nor keeps it busy", async (t) => {
	const { reader, writer } = pipe(t);
	const child = startLogging(t, logToNobody, writer);
	await reported(child);
	closeSync(reader);
	child.send("go");
	const { dropped, cpuMs } = await reported<{
		dropped: number;
		cpuMs: number;
	}>(child);
	assert.ok(dropped > 1500, `${dropped} of 3000 dropped, 1 MiB kept`);
	assert.ok(cpuMs < 250, `${cpuMs} ms of processor time in 1500 ms`);
	assert.equal(await exitCode(child), 0);
});

const skip = !existsSync("/dev/full") && "this system has no /dev/full";

test("a full disk does not end the program", { skip }, async (t) => {
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

test("lines kept while the disk was full are written", { skip }, async (t) => {
	const path = join(scratchFolder(t), "proxy.log");
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

const O_NONBLOCK = 0o4000;

test("Galaxy's own standard output, which we inherit, stays unchanged", {
	skip: process.platform !== "linux" && "flags are read from /proc",
}, async (t) => {
	const { writer } = pipe(t);
	const code = `
		const log = await openLog(toStdout);
		log.info({}, "hello");
		report("logged");
		process.once("message", () => process.exit(0));`;
	await reported(startLogging(t, code, writer));
	const flags = /^flags:\s*(\d+)$/m.exec(
		readFileSync(`/proc/self/fdinfo/${writer}`, "utf8"),
	);
	assert.equal(Number.parseInt(flags?.[1] ?? "", 8) & O_NONBLOCK, 0);
});
