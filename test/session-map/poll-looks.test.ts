import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { Route } from "../../src/route.js";
import {
	type MapSource,
	NO_CONFLICTS,
	NO_COUNTS,
} from "../../src/session-map/map-source.js";
import { PollMark, RouteFinder } from "../../src/session-map/route-finder.js";
import { openMap } from "./opened-map.js";
import { pollOf, pollOfTwo } from "./polls.js";

const hasCounts = process.versions.node >= "20.18";

test("a mark is valid for all events of one poll, and for none of the next", {
	skip: !hasCounts && "this Node does not report its polls",
}, async (t) => {
	const mark = new PollMark();
	const stood: boolean[] = [];
	const look = () => {
		stood.push(mark.standsFor(1));
		mark.set(1);
	};
	await pollOfTwo(t, look);
	await pollOfTwo(t, look);
	assert.deepEqual(stood, [false, true, false, true]);
});

test("a mark that was set for other content is not valid", () => {
	const mark = new PollMark();
	mark.set(1);
	assert.equal(mark.standsFor(2), false);
});

test("a mark that was never set is not valid", () => {
	assert.equal(new PollMark().standsFor(1), false);
});

test("if more events are ready than one poll returns, the next poll of the same turn has its own mark", {
	skip: !hasCounts && "this Node does not report its polls",
}, async (t) => {
	const mark = new PollMark();
	const stood: boolean[] = [];
	// libuv takes 1,024 events at a time.
	await pollOf(t, 1_100, () => {
		stood.push(mark.standsFor(1));
		mark.set(1);
	});
	assert.equal(stood.filter((stands) => !stands).length, 2);
});

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

test("one look at the map serves all requests that had arrived when the loop polled, and no others", {
	skip: !hasCounts && "this Node does not report its polls",
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

	// A request that may have come later does not use an earlier look.
	await pollOfTwo(t, () => {
		askAndMove();
		assert.equal(portOf(map.find("key")), port);
	});
	assert.deepEqual(found, [1000, 1000, 1002, 1003]);
});

test("a look that finds a change is not shared: both requests of a poll see the change", async (t) => {
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

function leadingTo(port: number): Route {
	return { kind: "target", target: { host: "127.0.0.1", port } };
}

// Of real files only a folder that is swapped to and fro shows it, and then once in a thousand times.
test("a look does not vouch for a thread's answer that was read before it and arrives after it", async (t) => {
	let path = "first";
	let generation = 1;
	let tell = () => {};
	const source: MapSource = {
		isPolled: false,
		isPreparing: false,
		batch: 32,
		maxAgeMs: 0,
		conflicts: NO_CONFLICTS,
		counts: () => NO_COUNTS,

		lastRead: {
			get generation() {
				return generation;
			},
			isDamaged: false,
			isCurrent: () => path === "first" && generation === 1,
		},
		routeNow: () => undefined,
		differing: () => undefined,
		async read(keys) {
			const port = path === "first" ? 1 : 2;
			await new Promise<void>((resolve) => {
				tell = resolve;
			});
			generation = port;
			return { generation, routes: keys.map(() => leadingTo(port)) };
		},
		async close() {},
	};
	const finder = new RouteFinder(source, { onChange() {}, onState() {} });
	t.after(() => finder.close());
	const first = finder.find("one");
	tell();
	await first;
	await new Promise((resolve) => setImmediate(resolve));

	path = "second";
	const late = finder.find("two");
	path = "first";
	const found: (Route | Promise<Route>)[] = [];
	await pollOfTwo(t, () => {
		found.push(finder.find(found.length === 0 ? "one" : "two", true));
		tell();
	});
	assert.deepEqual(found[0], leadingTo(1));
	assert.ok(found[1] instanceof Promise);
	tell();
	await late;
});
