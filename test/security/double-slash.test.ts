import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request, upgrade } from "../support/client.js";
import { expectRefused, startReusingChain } from "./attack.js";

for (const target of [
	"//evil.example/a",
	"///evil.example",
	"//",
	"//a?/gie_proxy/",
	"http://galaxy.example//evil.example/a",
])
	test(`a path that may be read as another host (CVE-2021-28861) is refused: ${target}`, async (t) => {
		await expectRefused(t, request(`GET ${target}`));
		await expectRefused(t, upgrade(target));
	});

test("with a prefix too, if the path is not below it", async (t) => {
	const { client } = await startReusingChain(t, { proxyPrefix: "/ie" });
	const { status } = await client.send(request("GET //evil/a")).response();
	assert.equal(status, 400);
	await client.closed;
});

for (const [proxyPrefix, target] of [
	["", "//galaxy//gie_proxy/a"],
	["/ie", "//ie/a"],
] as const)
	test(`a path as Galaxy's front proxies send it passes, with the prefix ${JSON.stringify(proxyPrefix)}: ${target}`, async (t) => {
		const { proxy } = await startReusingChain(t, { proxyPrefix });
		const { text } = await ask(t, proxy, request(`GET ${target}`));
		assert.equal(text, target.replaceAll("//", "/"));
	});
