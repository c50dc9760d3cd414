import assert from "node:assert/strict";
import { test } from "node:test";
import { UPGRADE } from "../../support/client.js";
import { startAnswering } from "../../support/container.js";
import { startDouble } from "../../support/double-proxy.js";
import { byHost, byPath, setTool } from "../../support/tools.js";

const SECRET = Buffer.from("a secret of the two proxies");
const OTHER = Buffer.from("a secret of two other proxies");

test("signed requests pass, repeated ones and their upgrades too", async (t) => {
	const { outer, client } = await startDouble(t, [SECRET, SECRET]);
	const container = await startAnswering(t);
	setTool(outer, container, { pathInUrl: true });
	for (const first of ["GET //a//b?x=1", "GET //a//b?x=1", "POST /c"]) {
		client.send(
			byPath(first, ...(first[0] === "P" ? ["Content-Length: 0"] : [])),
		);
		assert.equal((await client.response()).status, 200, first);
	}
	client.send(byHost("GET /ws", ...UPGRADE));
	assert.equal((await client.response()).status, 200);
	for (const { headers } of container.requests)
		assert.ok(!headers.some(([name]) => /signature/i.test(name)));
});

for (const [name, secrets] of [
	["no secret", [undefined, SECRET]],
	["another secret", [OTHER, SECRET]],
] as const)
	test(`the inner proxy refuses an outer one with ${name}`, async (t) => {
		const { outer, inner, client } = await startDouble(t, secrets);
		const container = await startAnswering(t);
		setTool(outer, container);
		client.send(byHost("GET /"));
		const { status, body } = await client.response();
		assert.equal(status, 403);
		assert.match(body.toString(), /not signed|signature is wrong/);
		assert.equal((await inner.exchange(0)).fault, "notSigned");
		client.send(byHost("GET /ws", ...UPGRADE));
		assert.equal((await client.response()).status, 403);
		assert.equal(container.connections.length, 0);
	});

test("an inner proxy without a secret ignores signatures", async (t) => {
	const { outer, client } = await startDouble(t, [SECRET]);
	setTool(outer, await startAnswering(t));
	client.send(byHost("GET /"));
	assert.equal((await client.response()).status, 200);
});
