import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { repository, scratchFolder } from "../support/folders.js";
import { writeSessionMap } from "../support/session-map.js";

test("a worker whose supervisor has ended before it started ends, and does not become a supervisor itself", (t) => {
	const map = join(scratchFolder(t), "session_map.sqlite");
	writeSessionMap(map, {});
	const script = join(repository, "lib", "main.js");
	const address = ["--ip", "127.0.0.1", "--port", "0"];
	const args = [script, "--workers", "1", ...address, "--sessions", map];
	const { status, stdout, stderr } = spawnSync(process.execPath, args, {
		env: { ...process.env, GALAXY_PROXY_WORKER: "1" },
		encoding: "utf8",
		timeout: 10_000,
	});
	assert.equal(status, 1, stdout);
	assert.equal(
		stderr,
		"galaxy-proxy: the supervisor has ended before its worker started\n",
	);
});
