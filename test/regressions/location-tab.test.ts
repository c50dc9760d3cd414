import assert from "node:assert/strict";
import { test } from "node:test";
import { request, values } from "../support/client.js";
import { startChain } from "../support/proxy.js";

// A browser removes tabs from an address: the rest of http://localhost/<tab>/host named another host.
for (const location of [
	"http://localhost/\t/evil.test/a",
	"http://localhost/\t\\evil.test/a",
	"http://localhost/\t\t/\t/evil.test/a",
])
	test(`a rewritten ${JSON.stringify(location)} stays on this host`, async (t) => {
		const { client } = await startChain(t, {
			answer: `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`,
			reverseProxy: true,
		});
		const { headers } = await client.send(request("GET /")).response();
		const [rewritten = ""] = values(headers, "Location");
		assert.equal(
			new URL(rewritten, "http://galaxy.example/").host,
			"galaxy.example",
		);
	});
