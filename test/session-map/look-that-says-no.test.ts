import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { Route } from "../../src/route.js";
import { openMap } from "./opened-map.js";
import { pollOfTwo } from "./polls.js";

test("a look that finds a change is shared by nobody: both requests of a poll are told of it", async (t) => {
	const { map, galaxy } = await openMap(t, {
		file: "map.json",
		before: (galaxy) => galaxy.put("key", "127.0.0.1", 1000),
	});
	await map.find("key");
	const moved = { key: { host: "127.0.0.1", port: 2000 } };
	writeFileSync(`${galaxy.path}.new`, JSON.stringify(moved));
	const found: (Route | Promise<Route>)[] = [];
	await pollOfTwo(t, () => {
		if (found.length === 0) renameSync(`${galaxy.path}.new`, galaxy.path);
		found.push(map.find("key", true));
	});
	for (const route of await Promise.all(found))
		assert.ok(route.kind === "target" && route.target.port === 2000);
});
