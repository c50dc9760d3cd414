import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { scratchFolder } from "../support/folders.js";
import { startGalaxyMap } from "../support/session-map.js";

interface Live {
	map: { refused_rows: { ended: number; contested: number } };
}

const METRIC = "galaxy_proxy_session_map_refused_rows";

test("metrics and the status page count rows that have ended", async (t) => {
	const host = "docker";
	const watched = await startWatched(t, {
		sessions: {
			a: { host, port: 1, ids: ["a"] },
			b: { host, port: 1, ids: ["b"] },
			c: { host, port: 1, ids: ["c"] },
			d: { host, port: 2, ids: ["d"] },
		},
	});
	assert.equal(await watched.metric(`${METRIC}{reason="ended"}`), 2);
	assert.equal(await watched.metric(`${METRIC}{reason="contested"}`), 0);
	const { map } = await watched.askJson<Live>("/live");
	assert.deepEqual(map.refused_rows, { ended: 2, contested: 0 });
});

test("metrics and the status page count rows that are contested", async (t) => {
	const map = join(scratchFolder(t), "map.json");
	const galaxy = startGalaxyMap(t, map);
	await galaxy.put("a", "docker", 1, ["a"]);
	await galaxy.put("b", "docker", 1, ["b"]);
	const watched = await startWatched(t, { map });
	assert.equal(await watched.metric(`${METRIC}{reason="ended"}`), 0);
	assert.equal(await watched.metric(`${METRIC}{reason="contested"}`), 2);
	const live = await watched.askJson<Live>("/live");
	assert.deepEqual(live.map.refused_rows, { ended: 0, contested: 2 });
});
