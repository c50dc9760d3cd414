import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, UPGRADE, values } from "../../support/client.js";
import {
	byPath,
	KEY,
	startToolChain,
	TOKEN,
	TOOL_PATH,
	TOOL_PREFIX,
} from "../../support/tools.js";
import { expectAlive } from "../own-answer.js";

for (const method of ["GET", "HEAD"])
	test(`${method} without a slash behind the token is redirected`, async (t) => {
		const { client, container, proxy } = await startToolChain(t);
		client.send(byPath(`${method} ?x=1&y=//z`));
		const answer = await client.response({ head: method === "HEAD" });
		assert.equal(answer.status, 307);
		assert.deepEqual(values(answer.headers, "location"), [
			`${TOOL_PATH}/?x=1&y=//z`,
		]);
		assert.deepEqual(values(answer.headers, "cache-control"), ["no-store"]);
		assert.deepEqual(values(answer.headers, "content-length"), ["0"]);
		await expectAlive(client);
		assert.equal(container.connections.length, 0);
		const { status, path, termination } = await proxy.exchange(0);
		assert.deepEqual([status, path, termination], [307, "/", "--"]);
	});

for (const sent of [
	`//interactivetool//ep//${KEY}/${TOKEN}`,
	`http://evil.example${TOOL_PATH}`,
	`/interactivetool/access/interactivetoolentrypoint/${KEY}/${TOKEN}`,
])
	test(`the redirect leads to the canonical path, not to what was sent: ${sent}`, async (t) => {
		const { client } = await startToolChain(t);
		client.send(anonymous(`GET ${sent}`));
		const { status, headers } = await client.response();
		assert.equal(status, 307);
		assert.deepEqual(values(headers, "location"), [`${TOOL_PATH}/`]);
	});

test("an unknown tool is not redirected", async (t) => {
	const { client } = await startToolChain(t);
	for (const path of [
		`${TOOL_PREFIX}/${KEY}/wrong`,
		`${TOOL_PREFIX}/wrong/${TOKEN}`,
		`${TOOL_PREFIX}/${KEY}`,
		TOOL_PREFIX,
	]) {
		client.send(anonymous(`GET ${path}`));
		assert.equal((await client.response()).status, 404, path);
	}
});

for (const [name, needs, head, expected] of [
	["a POST", undefined, byPath("POST", "Content-Length: 0"), "/"],
	["a WebSocket", undefined, byPath("GET ?a", ...UPGRADE), "/?a"],
	["OPTIONS", undefined, byPath("OPTIONS"), "/"],
	["GET of a whole path", { pathInUrl: true }, byPath("GET"), TOOL_PATH],
	[
		"GET of a whole path",
		{ pathInUrl: true },
		byPath("GET ?a=/"),
		`${TOOL_PATH}?a=/`,
	],
] as const)
	test(`${name} without a slash behind the token is passed on as ${expected}`, async (t) => {
		const { client, container } = await startToolChain(t, {
			...(needs !== undefined && { needs }),
		});
		client.send(head);
		assert.equal((await container.request(0)).target, expected);
	});
