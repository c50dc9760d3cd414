import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

const FORM = "application/x-www-form-urlencoded";

const CASES: [path: string, sent: string[], arrives: string[]][] = [
	[
		"/rstudio/auth-do-sign-in",
		[`content-type: ${FORM}; charset=UTF-8`, "content-length: 3"],
		[`Content-Type: ${FORM}`, "Content-Length: 3"],
	],
	[
		"/rstudio/rpc/client_init",
		["content-type: application/json; charset=UTF-8", "CONTENT-LENGTH: 3"],
		["Content-Type: application/json; charset=UTF-8", "Content-Length: 3"],
	],
	[
		"/jupyter/login",
		[`content-type: ${FORM}; charset=UTF-8`, "content-length: 3"],
		[`content-type: ${FORM}; charset=UTF-8`, "content-length: 3"],
	],
];

for (const [path, sent, arrives] of CASES)
	test(`a post to ${path} with ${sent[0]}`, async (t) => {
		const container = await startAnswering(t);
		const { port } = await startProxy(t, { abc: container });
		await ask(t, port, `${request(`POST ${path}`, ...sent)}a=b`);
		const { headers, body } = await container.request(0);
		const lines = headers
			.filter(([name]) => /^content-/i.test(name))
			.map(([name, value]) => `${name}: ${value}`);
		assert.deepEqual(lines, arrives);
		assert.equal(body.toString(), "a=b");
	});
