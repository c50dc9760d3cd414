// Loaded into the daemon by --import: writes what the process holds, one JSON line each time, to the file in SOAK_REPORT.
import { appendFileSync, readdirSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import type { Sample } from "./samples.js";

const EVERY_MS = 500;

const path = process.env.SOAK_REPORT;
if (path !== undefined && isMainThread)
	setInterval(() => {
		const { rss, heapUsed } = process.memoryUsage();
		const { user, system } = process.cpuUsage();
		const sample: Sample = {
			seconds: process.uptime(),
			rss,
			heapUsed,
			// One of them is the folder that is being read.
			descriptors: readdirSync("/dev/fd").length - 1,
			cpuSeconds: (user + system) / 1e6,
		};
		appendFileSync(path, `${JSON.stringify(sample)}\n`);
	}, EVERY_MS).unref();
