import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { repository } from "../support/daemon.js";

const run = promisify(execFile);

for (const era of ["gxproxy2", "gxproxy", "v2"])
	test(`a request that is sent right after a commit sees it, while 16 others ask for the same sessions: ${era}`, async (t) => {
		const program = join(repository, "test/e2e/freshness.mjs");
		const args = [program, "--commits", "720", "--era", era];
		const { stdout } = await run(process.execPath, args);
		const seen = JSON.parse(stdout);
		t.diagnostic(JSON.stringify(seen));
		assert.deepEqual([seen.wrong, seen.stale, seen.refused], [0, 0, 0], stdout);
	});
