import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, head, UPGRADE, values } from "../../support/client.js";
import { startToolChain, TOOL_PATH } from "../../support/tools.js";

test("HTTP/1.1 without Host is 400, by path too", async (t) => {
	const { proxy } = await startToolChain(t);
	for (const lines of [[], UPGRADE]) {
		const text = head(`GET ${TOOL_PATH}/ HTTP/1.1`, ...lines);
		assert.equal((await ask(t, proxy, text)).status, 400);
	}
});

test("HTTP/1.0 without Host reaches a tool by path alone", async (t) => {
	const { proxy, container } = await startToolChain(t);
	const { status } = await ask(t, proxy, head(`GET ${TOOL_PATH}/a HTTP/1.0`));
	assert.equal(status, 200);
	const { target, headers } = await container.request(0);
	assert.equal(target, "/a");
	const { port } = container;
	assert.deepEqual(values(headers, "host"), [`127.0.0.1:${port}`]);
	assert.equal((await ask(t, proxy, head("GET / HTTP/1.0"))).status, 404);
	const upgrade = head("GET / HTTP/1.0", ...UPGRADE);
	assert.equal((await ask(t, proxy, upgrade)).status, 404);
});
