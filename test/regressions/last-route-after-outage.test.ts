import assert from "node:assert/strict";
import { test } from "node:test";
import type { Route } from "../../src/route.js";
import {
	type MapSource,
	NO_CONFLICTS,
	NO_COUNTS,
} from "../../src/session-map/map-source.js";
import { RouteFinder } from "../../src/session-map/route-finder.js";
import { Unreadable } from "../../src/session-map/unreadable.js";

const STALE: Route = {
	kind: "target",
	target: { host: "127.0.0.1", port: 1 },
};

/** Another worker's last route was used although the map had become readable before it came. */
test("a last route that comes after the end of the outage is not used", async () => {
	let isAway = true;
	const { promise: elsewhere, resolve } = withResolvers<Route>();
	const failIfAway = () => {
		if (isAway) throw new Unreadable("away", false);
	};
	const source: MapSource = {
		lastRead: { generation: 1, isDamaged: false, isCurrent: () => false },
		isPreparing: false,
		isPolled: false,
		conflicts: NO_CONFLICTS,
		counts: () => NO_COUNTS,
		routeNow: failIfAway as () => undefined,
		differing: () => [],
		async read(keys) {
			failIfAway();
			return { generation: 1, routes: keys.map(() => ({ kind: "unknown" })) };
		},
		lastElsewhere: () => elsewhere,
		close: async () => undefined,
	};
	const ignore = () => undefined;
	const finder = new RouteFinder(source, { onChange: ignore, onState: ignore });
	const during = finder.find("session");
	isAway = false;
	assert.deepEqual(await finder.find("other"), { kind: "unknown" });
	resolve(STALE);
	assert.deepEqual(await during, { kind: "unknown" });
	assert.equal(finder.lastRouteOf("session"), undefined);
	await finder.close();
});

function withResolvers<T>() {
	let resolve: (value: T) => void = () => undefined;
	const promise = new Promise<T>((done) => {
		resolve = done;
	});
	return { promise, resolve };
}
