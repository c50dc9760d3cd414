import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, connect, values } from "../support/client.js";
import { startProxy } from "../support/proxy.js";

for (const [cors, origin, allowed] of [
	["same-host", "http://galaxy.example:8080", true],
	["same-host", "http://evil.test", false],
	["any", "http://evil.test", true],
	["none", "http://galaxy.example", false],
	[["https://a.test"], "https://a.test", true],
	[["https://a.test"], "http://galaxy.example", false],
] as const)
	test(`--cors ${cors}: an answer of the proxy's own to ${origin}`, async (t) => {
		const proxy = await startProxy(t, {}, { cors });
		const client = await connect(t, proxy.port);
		client.send(anonymous("GET /", `Origin: ${origin}`));
		const { headers } = await client.response();
		const own = [
			"Access-Control-Allow-Origin",
			"Access-Control-Allow-Credentials",
			"Vary",
		].flatMap((name) => values(headers, name));
		assert.deepEqual(own, allowed ? [origin, "true", "Origin"] : []);
	});
