import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, COOKIE, head, request, values } from "../support/client.js";
import { expectRefused, startReusingChain } from "./attack.js";

for (const [sent, target, host] of [
	["http://evil.example/a?b", "/a?b", "evil.example"],
	["HTTP://evil.example:81", "/", "evil.example:81"],
	["https://evil.example/b//a", "/b/a", "evil.example"],
	["http://169.254.169.254/latest", "/latest", "169.254.169.254"],
] as const)
	test(`absolute form (RFC 9112 3.2.2): ${sent} goes to the session's container, whose only Host is the target's`, async (t) => {
		const { container, proxy } = await startReusingChain(t, {
			trustProxy: ["10.0.0.1"],
		});
		const { text } = await ask(t, proxy, request(`GET ${sent}`));
		assert.equal(text, target);
		const { headers } = await container.request(0);
		assert.deepEqual(values(headers, "Host"), [host]);
		assert.deepEqual(values(headers, "X-Forwarded-Host"), [host]);
	});

for (const target of [
	"http://user@evil.example/",
	"http:///a",
	"http://a b/",
	"http://ev<il/",
	"http://a:1:2/",
	"ftp://evil.example/",
	"file:///etc/passwd",
	"galaxy.example:80",
	"*",
	"@evil.example/",
	"a",
	"/a#b",
])
	test(`a target of no known form (RFC 9112 3.2) is refused: ${target}`, (t) =>
		expectRefused(t, request(`GET ${target}`)));

test("absolute form does not replace a missing Host", (t) =>
	expectRefused(t, head("GET http://a/ HTTP/1.1", COOKIE)));
