import assert from "node:assert/strict";
import { test } from "node:test";
import { askTool } from "../same-address/tools-shared.js";
import { startWatched } from "../support/admin.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import {
	noPostgres,
	startPostgres,
	startToolContainer,
	TOKEN,
} from "./site.js";

test("of rows with one address that were there at the start the one that was committed last is served", {
	skip: noPostgres(),
}, async (t) => {
	const { host, port } = await startToolContainer(t);
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	for (const key of ["a", "b", "c", "b", "a"])
		await map.put(key, TOKEN, host, port);
	const { daemon } = await startWatched(t, { map: server.url() });
	const status = async (key: string) => (await askTool(t, daemon, key)).status;
	assert.deepEqual(
		[await status("a"), await status("b"), await status("c")],
		[200, 502, 502],
	);
	await map.remove("a");
	assert.equal(await status("a"), 404);
	assert.equal(await status("b"), 502);
});
