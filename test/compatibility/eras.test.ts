import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import { type Era, startGalaxyMap } from "../support/session-map.js";

const ERAS: [era: Era, file: string][] = [
	["gxproxy2", "session_map.sqlite"],
	["gxproxy", "session_map.sqlite"],
	["v2", "session_map.json"],
	["v1", "session_map.json"],
];

for (const [era, file] of ERAS)
	test(`${era} in ${file}: the row written last leads to the container`, async (t) => {
		const before = await startAnswering(t);
		const now = await startAnswering(t);
		const map = join(scratchFolder(t), file);
		const galaxy = startGalaxyMap(t, map, era);
		await galaxy.put("abc", before.host, before.port);
		await galaxy.put("abc", now.host, now.port);
		const daemon = await startDaemon(t, { map });
		const { status } = await ask(t, daemon.port, request("GET /"));
		assert.equal(status, 200);
		assert.deepEqual([before.requests.length, now.requests.length], [0, 1]);
		const address = request("GET /").replace("abc", `${now.host}:${now.port}`);
		assert.equal((await ask(t, daemon.port, address)).status, 403);
	});
