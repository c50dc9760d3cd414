import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { repository } from "../support/folders.js";

const run = promisify(execFile);

for (const [commits, ...more] of [["400"], ["200", "--workers", "2"]] as const)
	test(`a request for a tool that is sent right after a commit sees it, and no former token leads anywhere ${more.join(" ")}`, async (t) => {
		const program = join(repository, "test/e2e/freshness-tools.mjs");
		const args = [program, "--commits", commits, ...more];
		const { stdout } = await run(process.execPath, args);
		const reports = stdout.trim().split("\n");
		assert.equal(reports.length, 4);
		for (const report of reports) {
			t.diagnostic(report);
			const { code, stale, wrong, refused } = JSON.parse(report);
			assert.deepEqual([code, stale, wrong, refused], [0, 0, 0, 0], report);
		}
	});
