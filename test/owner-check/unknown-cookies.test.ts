import assert from "node:assert/strict";
import { test } from "node:test";
import { type StartedCheck, startCheck } from "./started.js";

test("of unknown cookies from one address one a second is asked about", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	const times: number[] = [];
	const before = performance.now();
	galaxy.instead = (response) => {
		times.push(performance.now() - before);
		response.writeHead(403).end();
	};
	const cookies = ["a", "b", "a", "c"].map((name) => `galaxysession=${name}`);
	const asked = await Promise.all(cookies.map((cookie) => ask(cookie)));
	assert.deepEqual(new Set(asked), new Set(["notYours"]));
	assert.equal(times.length, 3);
	const [, second = 0, third = 0] = times;
	assert.ok(second >= 990 && third >= 1_990, times.join());
});

test("a fifth one that would have to wait for more than three seconds is refused at once", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	const cookies = ["a", "b", "c", "d", "e"].map(
		(name) => `galaxysession=${name}`,
	);
	const [first, ...others] = cookies.map((cookie) => ask(cookie));
	assert.equal(await others.at(-1), "ownerUnknown");
	assert.equal(await first, "notYours");
	const other = await ask("galaxysession=f", { address: "192.0.2.2" });
	assert.equal(other, "notYours");
	assert.equal(galaxy.asked.length, 2);
});

test("a cookie that Galaxy has confirmed does not count", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	galaxy.entryPoints.set("second", { owner: "anna", state: "active" });
	assert.equal(await ask("galaxysession=anna"), "admitted");
	const address = "192.0.2.2";
	assert.equal(await ask("galaxysession=b", { address }), "notYours");
	const second = { sessionKey: "second/token", address };
	assert.equal(await ask("galaxysession=anna", second), "admitted");
	assert.equal(galaxy.asked.length, 3);
});

/** Asks in the name of four users: the last one's address has no turn left if it is the others'. */
async function lastOfFour(
	ask: StartedCheck["ask"],
	others: Parameters<StartedCheck["ask"]>[1],
	last: Parameters<StartedCheck["ask"]>[1],
): Promise<string> {
	for (const name of ["a", "b", "c", "d"])
		void ask(`galaxysession=${name}`, others);
	return await ask("galaxysession=e", last);
}

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
	[
		"X-Real-IP, whatever the client says in X-Forwarded-For",
		[["x-real-ip", "198.51.100.1"]],
		[
			["x-forwarded-for", "203.0.113.2"],
			["x-real-ip", "198.51.100.1"],
		],
	],
	[
		"the last address in X-Forwarded-For, whatever the client says in X-Real-IP",
		[["x-forwarded-for", "198.51.100.1"]],
		[
			["x-real-ip", "203.0.113.2"],
			["x-forwarded-for", "198.51.100.1"],
		],
	],
	["no address", [["x-forwarded-for", "unknown"]], [["x-forwarded-for", "?"]]],
] as const)
	test(`behind a front proxy the client is ${name}`, async (t) => {
		const { ask } = await startCheck(t);
		const as = (fields: readonly (readonly [string, string])[]) => ({
			...FRONT,
			fields,
		});
		assert.equal(await lastOfFour(ask, as(first), as(second)), "ownerUnknown");
		const other = as([["x-forwarded-for", "192.0.2.9"]]);
		assert.equal(await ask("galaxysession=e", other), "notYours");
	});

test("a client that is no front proxy cannot name another address", async (t) => {
	const { ask } = await startCheck(t);
	const fields = [["x-forwarded-for", "198.51.100.1"]] as const;
	assert.equal(await lastOfFour(ask, {}, { fields }), "ownerUnknown");
});
