import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, ask, UPGRADE, values } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

const CASES: [sent: string[], passed: string[]][] = [
	[["galaxysession=abc"], []],
	[["_xsrf=2|a; galaxysession=abc; b=c"], ["_xsrf=2|a; b=c"]],
	[["galaxysession=old; a=1; galaxysession=abc"], ["a=1"]],
	[["galaxysession=abc", "a=1; b=2"], ["a=1; b=2"]],
	[
		["galaxysession=abc; mygalaxysession=1; galaxysessions=2"],
		["mygalaxysession=1; galaxysessions=2"],
	],
];

for (const [sent, passed] of CASES)
	for (const more of [[], UPGRADE])
		test(`${more.length > 0 ? "upgrade" : "request"} with ${JSON.stringify(sent)}`, async (t) => {
			const container = await startAnswering(t);
			const { port } = await startProxy(t, { abc: container });
			const lines = sent.map((cookies) => `Cookie: ${cookies}`);
			await ask(t, port, anonymous("GET /", ...lines, ...more));
			const { headers } = await container.request(0);
			assert.deepEqual(values(headers, "Cookie"), passed);
		});

test("--forward-session-cookie passes it on", async (t) => {
	const container = await startAnswering(t);
	const flags = { forwardSessionCookie: true };
	const { port } = await startProxy(t, { abc: container }, flags);
	await ask(t, port, anonymous("GET /", "Cookie: a=1; galaxysession=abc"));
	const { headers } = await container.request(0);
	assert.deepEqual(values(headers, "Cookie"), ["a=1; galaxysession=abc"]);
});
