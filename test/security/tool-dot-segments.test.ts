import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, ask, UPGRADE } from "../support/client.js";
import { hostOf, startToolChain, TOOL_PATH } from "../support/tools.js";

for (const behind of [
	"/..",
	"/../",
	"/../../k2/t2/a",
	"/a/../../k2/t2",
	"/%2e%2e/k2",
	"/.%2E/a",
	"/./../a",
	"//../a",
	"/a//../../b",
	"/..%2fk2",
	"/a%2f..%2f../b",
	"/..\\k2",
	"/a/..%5c..%5ck2",
	"/..;x=1/k2",
	"/%2e/%2e%2e/a",
])
	test(`dot segments that a front proxy may take for another tool's path are refused: ${behind}`, async (t) => {
		const { proxy, container } = await startToolChain(t);
		for (const lines of [[], UPGRADE]) {
			const text = anonymous(`GET ${TOOL_PATH}${behind}`, ...lines);
			assert.equal((await ask(t, proxy, text)).status, 400);
		}
		assert.equal(container.connections.length, 0);
		assert.equal((await proxy.exchange(0)).path, "");
	});

for (const behind of [
	"/a/../b/./c",
	"/a/b/../..",
	"/a%2Fb%2e%2e/%00",
	"/...",
	"/..a/b",
	"/a..",
	"/?next=/../../a",
	"/a;b=c?x=%zz",
])
	test(`dot segments within the tool's path pass as sent: ${behind}`, async (t) => {
		const { proxy, container } = await startToolChain(t);
		await ask(t, proxy, anonymous(`GET ${TOOL_PATH}${behind}`));
		assert.equal((await container.request(0)).target, behind);
	});

test("by host every path is the tool's", async (t) => {
	const { proxy, container } = await startToolChain(t);
	const text = anonymous("GET /../a").replace("galaxy.example", hostOf());
	await ask(t, proxy, text);
	assert.equal((await container.request(0)).target, "/../a");
});
