import assert from "node:assert/strict";
import { test } from "node:test";
import {
	askTool,
	openTool,
	startToolContainer,
	TOKEN,
} from "../same-address/tools-shared.js";
import { startGroup } from "../support/group.js";
import { startToolMap } from "../support/tools.js";
import { expectEverywhere, killAll } from "./everywhere.js";

/** Enough that the map is followed by its latest rows. */
const MANY = 600;

for (const [name, file, rows, workers] of [
	["SQLite", "map.sqlite", 1, 1],
	["SQLite", "map.sqlite", 1, 2],
	["a large SQLite map", "map.sqlite", MANY, 2],
	["JSON", "map.json", 1, 2],
] as const)
	test(`${name}, --workers ${workers}: a tool's two entry points on one port stay two`, async (t) => {
		const container = await startToolContainer(t);
		const { host, port } = container;
		const map = startToolMap(t, file);
		await map.put("first", TOKEN, "127.0.0.1", 1);
		if (rows > 1)
			await map.sql(
				`WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) INSERT INTO gxitproxy (key, key_type, token, host, port) SELECT 'k' || i, 'interactivetoolentrypoint', 't', '127.0.0.1', i FROM n`,
			);
		const args = ["--mode", "gxit"];
		const group = await startGroup(t, { map: map.path, args, workers });
		const expectBoth = async (when: string) => {
			for (const key of ["one", "two"])
				await expectEverywhere(
					async () => (await askTool(t, group.daemon, key)).status,
					200,
					`${key} ${when}`,
				);
		};
		// Waits until each worker has read the whole map.
		const ask = async () => (await askTool(t, group.daemon, "first")).status;
		await expectEverywhere(ask, 502, "nobody listens at port 1");
		await map.put("one", TOKEN, host, port);
		const tunnel = await openTool(t, group.daemon, "one");
		await map.put("two", TOKEN, host, port);
		await expectBoth("at first");
		await group.roll();
		await expectBoth("after a rolling restart");
		assert.equal(tunnel.ending, undefined, "the tunnel was not cut");
		tunnel.end();
		await killAll(group, workers);
		await expectBoth("after the death of all workers");
		await map.put("later", TOKEN, "127.0.0.1", 2);
		await group.roll();
		await expectBoth("after a change and another restart");
	});
