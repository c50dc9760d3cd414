import assert from "node:assert/strict";
import { test } from "node:test";
import { head, UPGRADE, values } from "../support/client.js";
import { byHost, byPath, startToolChain } from "../support/tools.js";

const sessionCookies = ["galaxysession", "galaxysession_test"];
const WAYS = { path: byPath, host: byHost };

for (const [by, request] of Object.entries(WAYS))
	for (const more of [[], UPGRADE])
		test(`by ${by} a tool gets no session cookie and no address of a tool, in ${more.length > 0 ? "upgrades" : "requests"}`, async (t) => {
			const { client, container } = await startToolChain(t, { sessionCookies });
			const lines = [
				"Cookie: galaxysession=secret; _xsrf=2|a|b;  galaxysession_test=secret",
				"X-Interactive-Tool-Host: secret",
				"x_interactive-TOOL_port: secret",
				"cookie:a = 1 ;galaxysession=secret;GalaxySession=2",
				"X_Interactive_Tool_Anything: secret",
				"X-Interactive-Tools: 1",
				"REMOTE_USER: secret",
				"Cookie: _oauth2_proxy=secret",
			];
			await client.send(request("GET /", ...lines, ...more)).response();
			const received = container.connections[0]?.received ?? "";
			assert.doesNotMatch(received, /secret/);
			const left = [
				"Cookie: _xsrf=2|a|b",
				"cookie: a = 1 ;GalaxySession=2",
				"X-Interactive-Tools: 1",
			];
			assert.ok(received.includes(`\r\n${left.join("\r\n")}\r\n`), received);
		});

for (const [by, request] of Object.entries(WAYS))
	for (const [what, first, more] of [
		["an answer", "HTTP/1.1 200 OK", ["Content-Length: 0"]],
		["an early hint", "HTTP/1.1 103 Early Hints", []],
		[
			"the answer to an upgrade",
			"HTTP/1.1 101 Yes",
			["Connection: Upgrade", "Upgrade: websocket"],
		],
	] as const)
		test(`by ${by} ${what} sets no session cookie and commands no front proxy`, async (t) => {
			const answer = head(
				first,
				"Set-Cookie: galaxysession_test=x",
				"X-Accel-Redirect: /etc/passwd",
				"Set-Cookie: GalaxySession=1; Path=/",
				"Access-Control-Allow-Origin: https://a",
				"X-Frame-Options: DENY",
				"Content-Security-Policy: frame-ancestors 'self'",
				...more,
			);
			const chain = await startToolChain(t, { sessionCookies, answer });
			const upgrade = first.includes("101") ? UPGRADE : [];
			const { headers } = await chain.client
				.send(request("GET /", "Origin: https://a", ...upgrade))
				.response();
			const names = headers.map(([name]) => name.toLowerCase()).join();
			assert.match(
				names,
				/^set-cookie,access-control-allow-origin,x-frame-options,content-security-policy/,
			);
			assert.match(values(headers, "Set-Cookie")[0] ?? "", /^GalaxySession=1/);
		});
