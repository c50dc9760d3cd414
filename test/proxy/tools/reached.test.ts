import assert from "node:assert/strict";
import { test } from "node:test";
import { values } from "../../support/client.js";
import {
	byHost,
	byPath,
	startToolChain,
	TOOL_HOST,
} from "../../support/tools.js";

test("a tool is reached by its host name, with the path as sent", async (t) => {
	const { client, container, proxy } = await startToolChain(t);
	client.send(byHost("GET //lab//tree?next=//x"));
	assert.equal((await client.response()).status, 200);
	const [request] = container.requests;
	assert.equal(request?.target, "/lab//tree?next=//x");
	assert.deepEqual(values(request?.headers ?? [], "host"), [TOOL_HOST]);
	assert.equal((await proxy.exchange(0)).path, "/lab//tree");
});

test("a tool is reached by its path, and does not see it", async (t) => {
	const { client, container, proxy } = await startToolChain(t);
	client.send(byPath("GET //lab//tree?next=//x"));
	assert.equal((await client.response()).status, 200);
	const [request] = container.requests;
	assert.equal(request?.target, "/lab//tree?next=//x");
	assert.deepEqual(values(request?.headers ?? [], "host"), ["galaxy.example"]);
	assert.equal((await proxy.exchange(0)).path, "/lab//tree");
});
