import assert from "node:assert/strict";
import { type ExecFileException, execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { repository } from "../support/folders.js";
import { noPostgres } from "../support/postgres.js";

const run = promisify(execFile);

/** freshness.py's clients and writers, each with one request at a time. */
const IN_FLIGHT = 16 + 2;

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
	const { code, stdout, stderr } = await judged([program, ...args]);
	const longest = Math.round(pauses.longest());
	t.diagnostic(`longest pause ${longest} ms; ${stdout}${stderr}`);
	const told = JSON.parse(stdout);
	const { commits, wrong, stale, refused, internalFaults } = told;
	assert.deepEqual(
		[commits, wrong, stale, refused, internalFaults],
		[720, 0, 0, 0, 0],
	);
	// A request waits for the database for a second, which is enough unless the machine itself is too slow: then a pause may
	// be too long for the requests in flight.
	const slowest = told.answerAfterCommitMs.p99;
	const keepsUp = Math.max(longest, slowest) < KEEPS_UP_MS;
	assert.ok(told.late <= (keepsUp ? 0 : IN_FLIGHT), `${told.late} late`);
	assert.equal(code, told.late > 0 ? 1 : 0);
});

/** Runs the program, which prints its report also if it exits with 1 because of wrong or late answers. */
async function judged(
	args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
	try {
		return { code: 0, ...(await run(process.execPath, args)) };
	} catch (error) {
		const { code, stdout, stderr } = error as ExecFileException;
		if (code !== 1 || !stdout?.startsWith("{")) throw error;
		return { code, stdout, stderr: stderr ?? "" };
	}
}
