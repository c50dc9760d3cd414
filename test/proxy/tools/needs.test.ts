import assert from "node:assert/strict";
import { test } from "node:test";
import type { ToolNeeds } from "../../../src/route.js";
import { UPGRADE, values } from "../../support/client.js";
import {
	byHost,
	byPath,
	setTool,
	startToolChain,
	TOOL_PATH,
} from "../../support/tools.js";

const HEADER = { pathHeader: "X-My-Path" };

const CASES: [Partial<ToolNeeds>, target: string, header: string[]][] = [
	[{}, "/lab?a", []],
	[{ pathInUrl: true }, `${TOOL_PATH}/lab?a`, []],
	[HEADER, "/lab?a", [TOOL_PATH]],
	[{ ...HEADER, pathInUrl: true }, `${TOOL_PATH}/lab?a`, [TOOL_PATH]],
];

for (const [needs, target, header] of CASES)
	for (const lines of [[], UPGRADE])
		test(`by path a tool gets what it needs: ${JSON.stringify(needs)}, ${lines.length} lines of an upgrade`, async (t) => {
			const { client, container, proxy } = await startToolChain(t, { needs });
			client.send(byPath("GET /lab?a", ...lines));
			const request = await container.request(0);
			assert.equal(request.target, target);
			assert.deepEqual(values(request.headers, "x-my-path"), header);
			client.destroy();
			assert.equal((await proxy.exchange(0)).path, "/lab");
		});

test("by host its needs do not apply", async (t) => {
	const needs = { ...HEADER, pathInUrl: true };
	const { client, container } = await startToolChain(t, { needs });
	client.send(byHost("GET /lab"));
	const { target, headers } = await container.request(0);
	assert.equal(target, "/lab");
	assert.deepEqual(values(headers, "x-my-path"), []);
});

test("a repeated request gets what the row says now", async (t) => {
	const { client, container, proxy } = await startToolChain(t);
	const text = byPath("GET /lab");
	const targets: string[] = [];
	for (const needs of [{}, { pathInUrl: true }, HEADER, {}]) {
		setTool(proxy, container, needs);
		await client.send(text).response();
		const { target, headers } = container.requests.at(-1) ?? assert.fail();
		targets.push([target, ...values(headers, "x-my-path")].join());
	}
	assert.deepEqual(targets, [
		"/lab",
		`${TOOL_PATH}/lab`,
		`/lab,${TOOL_PATH}`,
		"/lab",
	]);
});
