import assert from "node:assert/strict";
import { test } from "node:test";
import type { Route } from "../../src/route.js";
import {
	type MapSource,
	NO_CONFLICTS,
	NO_COUNTS,
} from "../../src/session-map/map-source.js";
import { RouteFinder } from "../../src/session-map/route-finder.js";
import { pollOfTwo } from "./polls.js";

function leadingTo(port: number): Route {
	return { kind: "target", target: { host: "127.0.0.1", port } };
}

// Of real files only a folder that is swapped to and fro shows it, and then once in a thousand times.
test("a look does not speak for what a thread had read before it and tells behind it", async (t) => {
	let path = "first";
	let generation = 1;
	let tell = () => {};
	const source: MapSource = {
		isPolled: false,
		isPreparing: false,
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
