import assert from "node:assert/strict";
import { test } from "node:test";
import {
	COOKIE,
	head,
	request,
	UPGRADE,
	values,
} from "../../support/client.js";
import { startChain } from "../../support/proxy.js";

const H2C = [
	"Connection: Upgrade, HTTP2-Settings",
	"Upgrade: h2c",
	"HTTP2-Settings: AAMAAABk",
];
const EMPTY_KEY = "Sec-WebSocket-Key:";
const PLAIN: [name: string, text: string, body?: string][] = [
	["h2c", request("GET /", ...H2C)],
	[
		"h2c whose settings Connection does not name",
		request("GET /", "Connection: Upgrade", ...H2C.slice(1)),
	],
	["POST without a body", request("POST /", ...UPGRADE, "Content-Length: 0")],
	[
		"two protocols without websocket",
		request("GET /", "Connection: Upgrade", "Upgrade: h2c, TLS/1.0"),
	],
	[
		"a version of websocket",
		request("GET /", "Connection: Upgrade", "Upgrade: websocket/13"),
	],
	[
		"a name that contains websocket",
		request("GET /", "Connection: Upgrade", 'Upgrade: "websocket", xwebsocket'),
	],
	["POST", `${request("POST /", ...UPGRADE, "Content-Length: 2")}ab`, "ab"],
	[
		"GET with a body",
		`${request("GET /", ...UPGRADE, "Content-Length: 2")}ab`,
		"ab",
	],
	[
		"GET with chunks",
		`${request("GET /", ...UPGRADE, "Transfer-Encoding: chunked")}2\r\nab\r\n0\r\n\r\n`,
		"ab",
	],
	["HTTP/1.0 to h2c", head("GET / HTTP/1.0", COOKIE, ...H2C)],
	[
		"HTTP/1.0 without Sec-WebSocket-Version",
		old(UPGRADE.filter((line) => !line.startsWith("Sec-WebSocket-V"))),
	],
	[
		"HTTP/1.0 without Sec-WebSocket-Key",
		old(UPGRADE.filter((line) => !line.startsWith("Sec-WebSocket-K"))),
	],
	["HTTP/1.0 with an empty key", old([...UPGRADE.slice(0, 3), EMPTY_KEY])],
	["HTTP/1.0 without Connection", old(UPGRADE.slice(1))],
	["HTTP/1.0 with a body", `${old([...UPGRADE, "Content-Length: 2"])}ab`, "ab"],
	["HTTP/1.0 POST", old(UPGRADE).replace("GET", "POST")],
	[
		"Upgrade that Connection does not name",
		request("GET /", "Upgrade: websocket"),
	],
	[
		"Connection: upgrade without Upgrade",
		request("GET /", "Connection: upgrade"),
	],
];

function old(lines: readonly string[]): string {
	return head("GET / HTTP/1.0", COOKIE, ...lines);
}

for (const [name, text, body] of PLAIN)
	test(`an upgrade that is not to a WebSocket is passed on as a plain request: ${name}`, async (t) => {
		const { client, container } = await startChain(t, { keepAlive: "always" });
		assert.equal((await client.send(text).response()).status, 200);
		const { headers, body: passed } = await container.request(0);
		for (const field of ["Upgrade", "HTTP2-Settings"])
			assert.deepEqual(values(headers, field), []);
		const isLast = text.startsWith("POST") || body !== undefined;
		assert.deepEqual(values(headers, "Connection"), isLast ? ["close"] : []);
		assert.equal(passed.toString(), body ?? "");
	});
