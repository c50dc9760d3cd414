import assert from "node:assert/strict";
import { test } from "node:test";
import type { Route } from "../../src/route.js";
import {
	NO_CONFLICTS,
	NO_COUNTS,
	type Source,
} from "../../src/session-map/map-source.js";
import { Front } from "../../src/session-map/route-finder.js";
import { pollOfTwo } from "./polls.js";

function leadingTo(port: number): Route {
	return { kind: "target", target: { host: "127.0.0.1", port } };
}

// Of real files only a folder that is swapped to and fro shows it, and then once in a thousand times.
test("a look does not speak for what a thread had read before it and tells behind it", async (t) => {
	let path = "first";
	let generation = 1;
	let tell = () => {};
	const source: Source = {
		polled: false,
		isPreparing: false,
		conflicts: NO_CONFLICTS,
		counts: () => NO_COUNTS,
		isDamaged: false,
		get generation() {
			return generation;
		},
		current: () => path === "first" && generation === 1,
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
	const front = new Front(source, { onChange() {}, onState() {} });
	t.after(() => front.close());
	const first = front.find("one");
	tell();
	await first;
	await new Promise((resolve) => setImmediate(resolve));

	path = "second";
	const late = front.find("two");
	path = "first";
	const found: (Route | Promise<Route>)[] = [];
	await pollOfTwo(t, () => {
		found.push(front.find(found.length === 0 ? "one" : "two", true));
		tell();
	});
	assert.deepEqual(found[0], leadingTo(1));
	assert.ok(found[1] instanceof Promise);
	tell();
	await late;
});
