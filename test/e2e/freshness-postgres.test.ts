import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { repository } from "../support/folders.js";
import { noPostgres } from "../support/postgres.js";

const run = promisify(execFile);

test("requests that are sent to two daemons with two workers each right after a commit in PostgreSQL see it, while two programs commit", {
	skip: noPostgres(),
}, async (t) => {
	const program = join(repository, "test/e2e/freshness.mjs");
	const args = ["--json", "--eras", "postgresql", "--commits", "720"];
	const { stdout } = await run(process.execPath, [program, ...args]);
	t.diagnostic(stdout);
	const { commits, wrong, stale, refused, internalFaults } = JSON.parse(stdout);
	assert.deepEqual(
		[commits, wrong, stale, refused, internalFaults],
		[720, 0, 0, 0, 0],
	);
});
