import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { OK, startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import { startGalaxyMap } from "../support/session-map.js";

test("a request sent after Galaxy's commit returned sees that commit", async (t) => {
	const map = join(scratchFolder(t), "session_map.sqlite");
	const galaxy = startGalaxyMap(t, map);
	const first = await startAnswering(t);
	const second = await startAnswering(t, OK.replace("200", "201"));
	const daemon = await startDaemon(t, { map });
	const client = await connect(t, daemon.port);
	for (let round = 0; round < 30; round++) {
		const ask = async () => {
			const text = request("GET /").replace("=abc", `=s${round % 3}`);
			return (await client.send(text).response()).status;
		};
		const key = `s${round % 3}`;
		await galaxy.put(key, first.host, first.port);
		assert.equal(await ask(), 200, "new");
		await galaxy.put(key, second.host, second.port);
		assert.equal(await ask(), 201, "moved");
		await galaxy.remove(key);
		assert.equal(await ask(), 403, "removed");
	}
});
