import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, UPGRADE, upgrade } from "../support/client.js";
import { expectAnswerAndEnd, startReusingChain } from "./attack.js";

// jupyter-server-proxy asked for a login on HTTP alone; Next.js checked the target on HTTP alone.
for (const [name, text, status] of [
	["without a cookie", anonymous("GET /app/ws", ...UPGRADE), 403],
	["unknown", upgrade("/app/ws").replace("=abc", "=other"), 403],
	["null", upgrade("/app/ws").replace("=abc", "=null"), 403],
	["outside the prefix", upgrade("/apps"), 404],
	["of a page elsewhere", upgrade("/app", "Origin: https://evil.example"), 403],
] as const)
	test(`an upgrade is admitted by the rules for requests (CVE-2024-28179, GHSA-c4j6-fc7j-m34r): ${name}`, async (t) => {
		const { client, container } = await startReusingChain(t, {
			proxyPrefix: "/app",
			cors: ["https://galaxy.example"],
		});
		await expectAnswerAndEnd(client.send(text), status);
		assert.deepEqual(container.connections, []);
	});
