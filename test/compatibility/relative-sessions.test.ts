import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { writeSessionMap } from "../support/session-map.js";
import { launchAsGalaxy } from "./as-galaxy.js";

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
