import assert from "node:assert/strict";
import { test } from "node:test";
import { startAnswering } from "../support/answering.js";
import { values } from "../support/message.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { request } from "../support/request-text.js";

// A browser takes tabs out of an address: what was left of http://localhost/<tab>/host named another host.
for (const location of [
	"http://localhost/\t/evil.test/a",
	"http://localhost/\t\\evil.test/a",
	"http://localhost/\t\t/\t/evil.test/a",
])
	test(`a rewritten ${JSON.stringify(location)} stays on this host`, async (t) => {
		const container = await startAnswering(
			t,
			`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`,
		);
		const proxy = await startProxy(
			t,
			{ abc: container },
			{ reverseProxy: true },
		);
		const client = await connect(t, proxy.port);
		const { headers } = await client.send(request("GET /")).response();
		const [rewritten = ""] = values(headers, "Location");
		assert.equal(
			new URL(rewritten, "http://galaxy.example/").host,
			"galaxy.example",
		);
	});
