import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, values } from "../support/client.js";
import { startChain } from "../support/proxy.js";

// Several paths of one server may have set a cookie of one name, and each may be somebody's session at Galaxy.
test("no cookie of the session's name reaches the container, however many there are on however many lines", async (t) => {
	const { client, container } = await startChain(t);
	const text = anonymous(
		"GET /",
		"Cookie: a=1; galaxysession=5ecre7-1; b=2",
		"Cookie: galaxysession=5ecre7-2",
		"cookie: c=3;galaxysession = 5ecre7-3 ;\tgalaxysession=5ecre7-4",
		"COOKIE: galaxysession; galaxysession=abc",
	);
	assert.equal((await client.send(text).response()).status, 200);
	const { headers } = await container.request(0);
	const cookies = values(headers, "Cookie").join("; ");
	assert.doesNotMatch(cookies, /galaxysession|5ecre7/);
	assert.deepEqual(cookies.split(/; ?/), ["a=1", "b=2", "c=3"]);
});
