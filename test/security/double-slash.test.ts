import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request, upgrade } from "../support/client.js";
import { startReusingChain } from "./attack.js";

for (const [sent, target] of [
	["//evil.example/a", "/evil.example/a"],
	["///evil.example", "/evil.example"],
	["//", "/"],
	["//?//q", "/?//q"],
	["//a?/gie_proxy/", "/a?/gie_proxy/"],
	["//galaxy//gie_proxy/a", "/galaxy/gie_proxy/a"],
	["//http://evil.example/a", "/http://evil.example/a"],
	["http://galaxy.example//evil.example/a", "/evil.example/a"],
	["ws://galaxy.example///evil.example", "/evil.example"],
] as const)
	test(`a path that may be read as another host (CVE-2021-28861) reaches the container with one slash: ${sent}`, async (t) => {
		const { container, proxy } = await startReusingChain(t);
		const { text } = await ask(t, proxy, request(`GET ${sent}`));
		assert.equal(text, target);
		await ask(t, proxy, upgrade(sent));
		assert.equal((await container.request(1)).target, target);
	});

for (const [sent, status] of [
	["//ie/a", 200],
	["///ie", 200],
	["//evil/a", 404],
	["//evil//ie/a", 404],
] as const)
	test(`a prefix is compared after its leading slashes became one: ${sent} gets ${status}`, async (t) => {
		const { proxy } = await startReusingChain(t, { proxyPrefix: "/ie" });
		const answer = await ask(t, proxy, request(`GET ${sent}`));
		assert.equal(answer.status, status);
	});
