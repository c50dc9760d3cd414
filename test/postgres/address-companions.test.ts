import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite, TOKEN } from "./site.js";

test("entry points of one tool that are committed one after the other are all served, also while one is in use", {
	skip: noPostgres(),
}, async (t) => {
	const { status, map, container, open } = await startSite(t, {
		isEmpty: true,
	});
	const { host, port } = container;
	await map.put("first", TOKEN, "127.0.0.1", 1);
	assert.equal(await status("none"), 404);
	await map.put("one", TOKEN, host, port);
	const tunnel = await open("one");
	await map.put("between", TOKEN, "127.0.0.1", 2);
	await map.put("two", TOKEN, host, port);
	for (let n = 0; n < 3; n++)
		for (const key of ["one", "two"]) assert.equal(await status(key), 200, key);
	await map.remove("between");
	for (const key of ["one", "two"]) assert.equal(await status(key), 200, key);
	tunnel.send("still open");
	assert.equal(tunnel.ending, undefined);
});
