import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import type { Route } from "../../src/route.js";
import { openMap } from "./opened-map.js";
import { pollOfTwo } from "./polls.js";

const hasCounts = process.versions.node >= "20.18";
const SETTLED_MS = 60;
const MOVE = [
	"import sqlite3, sys",
	"db = sqlite3.connect(sys.argv[1])",
	"db.execute('UPDATE gxproxy2 SET port = ? WHERE key = ?', (int(sys.argv[2]), 'key'))",
	"db.commit()",
].join("\n");

function portOf(route: Route | Promise<Route>): number {
	assert.ok(!(route instanceof Promise) && route.kind === "target");
	return route.target.port;
}

test("one look at the map serves all who were there when the loop polled, and nobody else", {
	skip: !hasCounts && "this Node does not tell of its polls",
}, async (t) => {
	const { map, galaxy } = await openMap(t, {
		before: (galaxy) => galaxy.put("key", "127.0.0.1", 1000),
	});
	// A stamp as young as the clock's tick is not relied on, and no look that meets it is shared.
	await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
	assert.equal(portOf(await map.find("key")), 1000);
	let port = 1000;
	const found: number[] = [];
	const askAndMove = () => {
		found.push(portOf(map.find("key", true)));
		execFileSync("python3", ["-c", MOVE, galaxy.path, String(++port)]);
	};

	await pollOfTwo(t, askAndMove);
	assert.deepEqual(found, [1000, 1000]);
	assert.equal(portOf(map.find("key")), 1002);

	// Who may have come later does not take an earlier look for its own.
	await pollOfTwo(t, () => {
		askAndMove();
		assert.equal(portOf(map.find("key")), port);
	});
	assert.deepEqual(found, [1000, 1000, 1002, 1003]);
});
