import assert from "node:assert/strict";
import { closeSync } from "node:fs";
import { test } from "node:test";
import { exitCode, pipe, reported, startLogging } from "./program.js";

/** Logs over several turns to a reader that has gone, then idles and tells the processor time that idling took. */
const logToNobody = `
	const log = await openLog(toStdout);
	process.once("message", async () => {
		for (let line = 0; line < 3000; line++) {
			log.info({ filler: "x".repeat(900) }, "to nobody");
			if (line % 10 === 0) await turn();
		}
		const before = process.cpuUsage();
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
