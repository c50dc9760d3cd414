import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

const MODULE = new URL("../../src/steady-clock.js", import.meta.url);

/** Milliseconds between two readings without anything in between. */
const NOTHING_MS = 0.05;

const READ = `
import { parentPort } from "node:worker_threads";
const { steadyNow } = await import("${MODULE}");
const before = Number(process.hrtime.bigint()) / 1e6;
const now = steadyNow();
const after = Number(process.hrtime.bigint()) / 1e6;
parentPort.postMessage({ before, now, after });
`;

// The clock of a thread or worker was late by the time that its start had taken between two readings: a connection that was
// there before a row appeared seemed later, so the row was believed and the connection's tunnel was cut.
test("a new thread's clock is that of all others", async () => {
	for (let n = 0; n < 10; n++) {
		const code = `data:text/javascript,${encodeURIComponent(READ)}`;
		const worker = new Worker(new URL(code));
		const [{ before, now, after }] = await once(worker, "message");
		assert.ok(now >= before - NOTHING_MS, `late by ${before - now} ms`);
		assert.ok(now <= after, `early by ${now - after} ms`);
	}
});
