import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startPostgres } from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { RunningRoutes } from "./routes.js";

const skip = noPostgres();

test("watch prints what changes in a database, and goes on after the server was restarted", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("k1", "t1", "10.0.0.1", 80);
	const watching = new RunningRoutes(t, map, ["watch"]);
	await watching.says(/^k1 .* ready /m);
	await map.put("k2", "t2", "10.0.0.2", 81);
	await watching.says(/Z {2}appeared {2}k2 .* 10\.0\.0\.2:81/);
	await map.remove("k1");
	await watching.says(/Z {2}gone {6}k1 /);
	await server.stop();
	await watching.says(/cannot be read: nothing listens there/);
	await server.start();
	await watching.says(/can be read now/);
	await server.query("UPDATE gxitproxy SET port = 82");
	await watching.says(/Z {2}changed {3}k2 .* 10\.0\.0\.2:82/);
	watching.child.kill("SIGTERM");
	assert.equal(await watching.code(), 0);
});
