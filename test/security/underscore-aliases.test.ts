import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import { startReusingChain } from "./attack.js";

const ALIASES = `
	X_Forwarded_For x-forwarded_for X_Forwarded_Host X_Forwarded_Proto X_Forwarded_User
	X_Forwarded_Anything X_Real_IP Content_Length Transfer_Encoding Proxy_Authorization Keep_Alive
`
	.trim()
	.split(/\s+/);

// Servers of the CGI family read both spellings as one name, and some let the last one win.
for (const trustProxy of [["loopback"], ["10.0.0.1"]])
	test(`no alias of a field that the proxy sets reaches the container (CVE-2026-39858, CVE-2025-64484), trusting ${trustProxy}`, async (t) => {
		const { client, container } = await startReusingChain(t, { trustProxy });
		const lines = ALIASES.map((name) => `${name}: 6`);
		client.send(request("GET /", ...lines, "X_Own: 1", "_xsrf: 1"));
		await client.response();
		const { headers } = await container.request(0);
		const names = headers.map(([name]) => name);
		assert.deepEqual(
			names.filter((name) => name.includes("_")),
			["X_Own", "_xsrf"],
		);
	});
