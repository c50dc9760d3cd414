import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { startLoggingToFile } from "../support/log-file.js";
import { writeSessionMap } from "../support/session-map.js";
import { fill, smallDisk } from "../support/small-disk.js";

const REQUESTS = 300;

test("workers whose log's disk is full serve, and log again once there is room", async (t) => {
	const disk = smallDisk(t);
	if (disk === undefined) return;
	const map = join(scratchFolder(t), "map.sqlite");
	writeSessionMap(map, { abc: await startAnswering(t) });
	const file = join(disk, "proxy.log");
	const { child, log, port } = await startLoggingToFile(
		t,
		file,
		map,
		"--verbose",
	);
	const filler = fill(disk);
	for (let n = 0; n < REQUESTS; n++)
		assert.equal((await ask(t, port, request("GET /full"))).status, 200);
	assert.equal(child.exitCode, null);

	rmSync(filler);
	await log.has(REQUESTS, ({ path }) => path === "/full");
	const { length: ready } = log.lines.filter(
		({ msg }) => msg === "worker ready",
	);
	assert.equal(ready, 2);
});
