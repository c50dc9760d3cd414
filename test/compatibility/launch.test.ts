import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { repository, scratchFolder } from "../support/folders.js";
import { writeSessionMap } from "../support/session-map.js";
import { LAUNCHED, launchAsGalaxy } from "./as-galaxy.js";

test("lib/main.js can be executed: run bit and shebang", () => {
	assert.equal(statSync(LAUNCHED).mode & 0o111, 0o111);
	assert.match(readFileSync(LAUNCHED, "utf8"), /^#!\/usr\/bin\/env node\n/);
});

for (const verbose of [false, true])
	test(`serves as Galaxy launches it, ${verbose ? "with" : "without"} --verbose`, async (t) => {
		const container = await startAnswering(t);
		const sessions = join(scratchFolder(t), "session_map.sqlite");
		writeSessionMap(sessions, { abc: container });
		const daemon = await launchAsGalaxy(t, { sessions, verbose });
		const response = await ask(t, daemon.port, request("GET /"));
		assert.equal(response.text, "ok");
		if (verbose) await daemon.logged((line) => line.msg === "exchange");
		assert.equal(await daemon.stop(), 0);
		const exchanges = daemon.lines.filter((line) => line.msg === "exchange");
		assert.equal(exchanges.length, verbose ? 1 : 0);
		assert.equal(daemon.stderr, "");
	});

test("a command that is relative to Galaxy's root works (galaxyproject/galaxy#8682)", async (t) => {
	const container = await startAnswering(t);
	const sessions = join(scratchFolder(t), "session_map.sqlite");
	writeSessionMap(sessions, { abc: container });
	const daemon = await launchAsGalaxy(t, {
		sessions,
		cwd: join(repository, ".."),
		command: join(repository.split("/").at(-1) ?? "", "lib", "main.js"),
	});
	const response = await ask(t, daemon.port, request("GET /"));
	assert.equal(response.status, 200);
});

test("a relative --sessions is read from the working directory, which is Galaxy's root", async (t) => {
	const container = await startAnswering(t);
	const cwd = scratchFolder(t);
	mkdirSync(join(cwd, "database"));
	const sessions = "database/session_map.sqlite";
	writeSessionMap(join(cwd, sessions), { abc: container });
	const daemon = await launchAsGalaxy(t, { sessions, cwd });
	const response = await ask(t, daemon.port, request("GET /"));
	assert.equal(response.text, "ok");
});
