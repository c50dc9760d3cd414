import assert from "node:assert/strict";
import { test } from "node:test";
import { movableClock, startCheck } from "./started.js";

test("of unknown cookies from one address one a second is asked about", async (t) => {
	const clock = movableClock(t);
	const { galaxy, ask } = await startCheck(t);
	assert.equal(await ask("galaxysession=a"), "notYours");
	assert.equal(await ask("galaxysession=b"), "ownerUnknown");
	assert.equal(await ask("galaxysession=c"), "ownerUnknown");
	const other = await ask("galaxysession=d", { address: "192.0.2.2" });
	assert.equal(other, "notYours");
	clock.later(1_000);
	assert.equal(await ask("galaxysession=b"), "notYours");
	assert.equal(galaxy.asked.length, 3);
});

test("a cookie that Galaxy has confirmed does not count", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	galaxy.entryPoints.set("second", { owner: "anna", state: "active" });
	assert.equal(await ask("galaxysession=anna"), "admitted");
	const address = "192.0.2.2";
	assert.equal(await ask("galaxysession=b", { address }), "notYours");
	const second = { sessionKey: "second/token", address };
	assert.equal(await ask("galaxysession=anna", second), "admitted");
});

const FRONT = { address: "127.0.0.1", trusted: true };

for (const [name, first, second] of [
	[
		"the last address in X-Forwarded-For",
		[["x-forwarded-for", "203.0.113.1, 198.51.100.1"]],
		[["x-forwarded-for", "203.0.113.2, 198.51.100.1"]],
	],
	[
		"the last that is no front's",
		[["x-forwarded-for", "198.51.100.1, 127.0.0.2"]],
		[
			["x-forwarded-for", "203.0.113.2"],
			["x-forwarded-for", "198.51.100.1,127.0.0.3"],
		],
	],
	[
		"X-Real-IP",
		[["x-real-ip", "198.51.100.1"]],
		[["x-real-ip", "198.51.100.1"]],
	],
	[
		"an IPv6 network",
		[["x-forwarded-for", "2001:db8:0:1::5"]],
		[["x-forwarded-for", "2001:0DB8::1:ffff:0:0:7"]],
	],
	["no address", [["x-forwarded-for", "unknown"]], [["x-forwarded-for", "?"]]],
] as const)
	test(`behind a front proxy the client is ${name}`, async (t) => {
		const { ask } = await startCheck(t);
		const as = (fields: readonly (readonly [string, string])[]) => ({
			...FRONT,
			fields,
		});
		assert.equal(await ask("galaxysession=a", as(first)), "notYours");
		assert.equal(await ask("galaxysession=b", as(second)), "ownerUnknown");
		const other = as([["x-forwarded-for", "192.0.2.9"]]);
		assert.equal(await ask("galaxysession=b", other), "notYours");
	});

test("a client that is no front proxy cannot name another address", async (t) => {
	const { ask } = await startCheck(t);
	const fields = [["x-forwarded-for", "198.51.100.1"]] as const;
	assert.equal(await ask("galaxysession=a", { fields }), "notYours");
	assert.equal(await ask("galaxysession=b", { fields: [] }), "ownerUnknown");
});
