import assert from "node:assert/strict";
import { test } from "node:test";
import { askTool } from "../same-address/tools-shared.js";
import { noPostgres, startSite, startToolContainer, TOKEN } from "./site.js";

test("a new, moved and removed row shows in the first request after its commit, without a notification or a look", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t, { args: ["--pollingInterval", "0"] });
	const { map, share, status, container } = site;
	const other = await startToolContainer(t);
	for (let round = 0; round < 20; round++) {
		assert.equal(await status("new"), 404);
		await share("new");
		assert.equal(await status("new"), 200);
		await map.put("new", TOKEN, other.host, other.port);
		assert.equal(await status("new"), 200);
		await map.remove("new");
	}
	assert.equal(container.requests.length, 20);
	assert.equal(other.requests.length, 20);
});

test("a token that is replaced is valid no more in the first request after its commit, and an update in place shows too", {
	skip: noPostgres(),
}, async (t) => {
	const { map, container, watched, status } = await startSite(t);
	const { host, port } = container;
	const withToken = async (token: string) =>
		(await askTool(t, watched.daemon, "k", token)).status;
	let former = TOKEN;
	for (const token of ["second", "third", "fourth"]) {
		assert.equal(await withToken(former), 200);
		await map.put("k", token, host, port);
		assert.equal(await withToken(former), 404);
		assert.equal(await withToken(token), 200);
		former = token;
	}
	await map.sql(`UPDATE gxitproxy SET token = '${TOKEN}'`);
	assert.equal(await withToken(former), 404);
	assert.equal(await status("k"), 200);
	await map.sql("UPDATE gxitproxy SET key = 'renamed'");
	assert.equal(await status("k"), 404);
	assert.equal(await status("renamed"), 200);
});
