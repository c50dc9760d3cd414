import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { repository } from "../support/folders.js";
import { noPostgres } from "../support/postgres.js";

const run = promisify(execFile);

const TICK_MS = 20;
/** Milliseconds without a tick of this process, and of the slowest hundredth of the answers, on a machine that keeps up. */
const KEEPS_UP_MS = 250;

/** Watches how long this process gets no time. */
function watchPauses(): { longest(): number } {
	let longest = 0;
	let last = performance.now();
	const look = () => {
		const now = performance.now();
		longest = Math.max(longest, now - last);
		last = now;
	};
	const ticks = setInterval(look, TICK_MS);
	return {
		longest() {
			clearInterval(ticks);
			return longest;
		},
	};
}

test("requests that are sent to two daemons with two workers each right after a commit in PostgreSQL see it, while two programs commit", {
	skip: noPostgres(),
}, async (t) => {
	const program = join(repository, "test/e2e/freshness.mjs");
	const args = ["--json", "--eras", "postgresql", "--commits", "720"];
	const pauses = watchPauses();
	const { stdout } = await run(process.execPath, [program, ...args]).catch(
		(error: { stdout: string }) => error,
	);
	const longest = Math.round(pauses.longest());
	t.diagnostic(`longest pause ${longest} ms; ${stdout}`);
	const told = JSON.parse(stdout);
	const { commits, wrong, stale, refused, internalFaults } = told;
	assert.deepEqual(
		[commits, wrong, stale, refused, internalFaults],
		[720, 0, 0, 0, 0],
	);
	// A request waits for the database for a second, which is enough unless the machine itself is too slow.
	const slowest = told.answerAfterCommitMs.p99;
	if (Math.max(longest, slowest) < KEEPS_UP_MS) assert.equal(told.late, 0);
});
