import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { repository } from "../support/folders.js";

const run = promisify(execFile);
const driver = isBuiltin("node:sqlite") ? "node:sqlite" : "better-sqlite3";

for (const [era, ...more] of [
	["gxproxy2"],
	["gxproxy"],
	["v2"],
	["v1"],
	["gxproxy2", "--workers", "2"],
] as const)
	test(`a request that is sent right after a commit sees it, while another process commits and 16 clients ask for the same sessions: ${[era, ...more].join(" ")}`, async (t) => {
		const program = join(repository, "test/e2e/freshness.mjs");
		const args = ["--json", "--commits", "720", "--drivers", driver];
		const { stdout } = await run(process.execPath, [
			program,
			...args,
			"--eras",
			era,
			...more,
		]);
		const reports = stdout
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line));
		assert.equal(
			reports.length,
			era === "gxproxy2" || era === "gxproxy" ? 2 : 1,
		);
		for (const seen of reports) {
			t.diagnostic(JSON.stringify(seen));
			const { wrong, stale, refused, internalFaults } = seen;
			assert.deepEqual(
				[wrong, stale, refused, internalFaults],
				[0, 0, 0, 0],
				stdout,
			);
		}
	});
