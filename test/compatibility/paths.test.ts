import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request, upgrade } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

/** Raw UTF-8, each byte one character. */
const RAW = Buffer.from(
	"/gie_proxy/notebooks/Über €.ipynb".replace(" ", "_"),
).toString("latin1");

const TARGETS = [
	"/",
	"/gie_proxy/jupyter/ipython/api/contents/a%2Fb%20c.ipynb?type=file&_=1",
	RAW,
	'/gie_proxy/a[0]{x}|y^`"<>\\',
	"/gie_proxy/a?next=http://x//y&b=[1]|{2}",
	"/gie_proxy/../a/./b/..",
	"/gie_proxy/%2e%2e/%2F%2f//".replace("//", "/"),
	"/a;b=c,d@e:f!$&'()*+=~",
	"/a??b",
	"/a?",
];

for (const target of TARGETS)
	test(`${JSON.stringify(target)} reaches the container as sent`, async (t) => {
		const container = await startAnswering(t);
		const { port } = await startProxy(t, { abc: container });
		await ask(t, port, request(`GET ${target}`));
		await ask(t, port, upgrade(target));
		const [plain, socket] = container.requests;
		assert.deepEqual([plain?.target, socket?.target], [target, target]);
	});

const CASES: [sent: string, passed: string][] = [
	["//gie_proxy//a?next=http://x//y", "/gie_proxy/a?next=http://x//y"],
	["///galaxy////gie_proxy//", "/galaxy/gie_proxy/"],
	["/a////b//", "/a/b/"],
	["/proxy/http://x//y", "/proxy/http://x/y"],
	["/n%20b//%2F%2f\xc3\x9c?%41//", "/n%20b/%2F%2f\xc3\x9c?%41//"],
	["/a?//", "/a?//"],
	["//gie_proxy?//", "/gie_proxy?//"],
];

// docker-galaxy's nginx sends //gie_proxy/...
for (const [sent, passed] of CASES)
	test(`${sent} goes out as ${passed}`, async (t) => {
		const container = await startAnswering(t);
		const { port } = await startProxy(t, { abc: container });
		await ask(t, port, request(`GET ${sent}`));
		await ask(t, port, upgrade(sent));
		const [plain, socket] = container.requests;
		assert.deepEqual([plain?.target, socket?.target], [passed, passed]);
	});
