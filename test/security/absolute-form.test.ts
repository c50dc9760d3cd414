import assert from "node:assert/strict";
import { test } from "node:test";
import {
	ask,
	COOKIE,
	head,
	request,
	upgrade,
	values,
} from "../support/client.js";
import { expectRefused, startReusingChain } from "./attack.js";

for (const [sent, target, host] of [
	["http://evil.example/a?b", "/a?b", "evil.example"],
	["HTTP://evil.example:81", "/", "evil.example:81"],
	["https://evil.example/b//a", "/b/a", "evil.example"],
	["ws://evil.example/c?d", "/c?d", "evil.example"],
	["Wss://evil.example:8443", "/", "evil.example:8443"],
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
	"ws:///a",
	"wss://user@evil.example/",
	"wsss://evil.example/",
	"ws:evil.example/",
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

for (const sent of ["http://ok.example/ws", "WSS://ok.example:443/ws"])
	test(`an upgrade in absolute form is one: its Origin is compared with the target's host: ${sent}`, async (t) => {
		const { container, proxy } = await startReusingChain(t);
		const foreign = upgrade(sent, "Origin: https://galaxy.example");
		assert.equal((await ask(t, proxy, foreign)).status, 403);
		await ask(t, proxy, upgrade(sent, "Origin: https://ok.example"));
		const { target, headers } = await container.request(0);
		assert.equal(target, "/ws");
		assert.deepEqual(values(headers, "Upgrade"), ["websocket"]);
		assert.deepEqual(values(headers, "Host"), [sent.split("/")[2]]);
	});

test("absolute form does not replace a missing Host", (t) =>
	expectRefused(t, head("GET http://a/ HTTP/1.1", COOKIE)));
