import assert from "node:assert/strict";
import { test } from "node:test";
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
