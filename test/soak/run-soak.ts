import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as rest } from "node:timers/promises";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import { MixedLoad } from "./mixed-load.js";
import { quietSample, readSamples, type Sample } from "./samples.js";
import type { Tally } from "./tally.js";

/** The load runs in periods of a minute; in the pause after each the descriptors are counted. */
const PERIOD_MS = 60_000;

export interface Soaked {
	tally: Tally;
	/** Taken twice a second, from the daemon's start on, pauses included. */
	samples: Sample[];
	/** At the end of each pause. The first is that after a few seconds of load. */
	quiet: Sample[];
	/** Processor seconds that clients and containers took. */
	loadCpuSeconds: number;
	/** Internal faults in the daemon's log. */
	faults: number;
}

/** Puts mixed load on a new daemon. The test fails where the daemon dies or logs an internal fault. */
export async function runSoak(
	t: TestContext,
	seconds: number,
): Promise<Soaked> {
	const report = join(scratchFolder(t), "resources");
	const load = await MixedLoad.prepare(t);
	const reporter = new URL("report-resources.js", import.meta.url);
	const env = { NODE_OPTIONS: `--import=${reporter}`, SOAK_REPORT: report };
	const daemon = await startDaemon(t, { map: load.map.path, env });
	await load.assign(daemon.port);
	const before = process.cpuUsage();
	const quiet: Sample[] = [];
	const period = async (ms: number): Promise<void> => {
		load.resume();
		await rest(ms);
		await load.pause();
		quiet.push(await quietSample(report, quiet[0]?.descriptors));
	};
	// Descriptors that stay open after the first look-up and the first log line are open from here on.
	await period(1_000);
	for (let left = seconds * 1000; left > 0; left -= PERIOD_MS)
		await period(Math.min(left, PERIOD_MS));
	load.end();
	const { user, system } = process.cpuUsage(before);
	return {
		tally: load.tally,
		samples: readSamples(report),
		quiet,
		loadCpuSeconds: (user + system) / 1e6,
		faults: daemon.lines.filter((line) => line.msg === "internal fault").length,
	};
}
