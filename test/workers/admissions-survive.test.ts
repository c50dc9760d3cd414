import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startGalaxyApi } from "../support/galaxy-api.js";
import { startGroup } from "../support/group.js";
import {
	byPath,
	KEY,
	startToolMap,
	TOKEN,
	TOOL_PREFIX,
} from "../support/tools.js";
import { expectEverywhere, killAll } from "./everywhere.js";

test("Galaxy is asked once for all workers and their successors", async (t) => {
	const galaxy = await startGalaxyApi(t);
	galaxy.entryPoints.set(KEY, { owner: "anna", state: "active" });
	const { host, port } = await startAnswering(t);
	const map = startToolMap(t);
	await map.put(KEY, TOKEN, host, port);
	const flags = ["--check-owner", "--galaxy-url", galaxy.url];
	const group = await startGroup(t, {
		map: map.path,
		args: ["--mode", "gxit", "--proxyPathPrefix", TOOL_PREFIX, ...flags],
	});
	const anna = byPath("GET /", "Cookie: galaxysession=anna");
	const status = async () => (await ask(t, group.daemon, anna)).status;
	assert.equal(await status(), 200);
	await group.roll();
	await expectEverywhere(status, 200, "after a rolling restart");
	assert.equal(galaxy.asked.length, 1);
	await killAll(group, 2);
	await expectEverywhere(status, 200, "after the death of all workers");
	assert.equal(galaxy.asked.length, 1);
	const log = JSON.stringify(group.daemon.lines);
	assert.ok(!log.includes("anna") && !log.includes(TOKEN));
});
