import assert from "node:assert/strict";
import { test } from "node:test";
import { UPGRADE, values } from "../support/client.js";
import { byHost, byPath, KEY, TOOL_PATH } from "../support/tools.js";
import { ONE_PROCESS } from "../support/workers.js";
import { ANNA, BEN, startCheckedChain } from "./proxy.js";

test("the owner's request passes, after one question", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { client, container, galaxy } = await startCheckedChain(t);
	for (const path of ["/a", "/b"]) {
		client.send(byPath(`GET ${path}`, ANNA));
		assert.equal((await client.response()).status, 200);
	}
	assert.deepEqual(
		container.requests.map(({ target }) => target),
		["/a", "/b"],
	);
	assert.equal(galaxy.asked.length, 1);
});

test("another user, and one without a session, get 403 and the container nothing", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { client, container } = await startCheckedChain(t);
	for (const [lines, text] of [
		[[BEN], /another user/],
		[[], /no session/],
	] as const) {
		client.send(byPath("GET /", ...lines));
		const answer = await client.response();
		assert.equal(answer.status, 403);
		assert.match(answer.text, text);
		assert.deepEqual(values(answer.headers, "Set-Cookie"), []);
		assert.deepEqual(values(answer.headers, "Cache-Control"), ["no-store"]);
	}
	assert.deepEqual(container.requests, []);
	assert.deepEqual(container.requests, []);
});

test("the same for a WebSocket", { skip: ONE_PROCESS }, async (t) => {
	const { client, container } = await startCheckedChain(t);
	client.send(byPath("GET /", BEN, ...UPGRADE));
	assert.equal((await client.response()).status, 403);
	assert.deepEqual(container.requests, []);
});

test("a body that arrives before Galaxy's answer waits", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { client, container, galaxy } = await startCheckedChain(t);
	client.send(`${byPath("POST /", ANNA, "Content-Length: 4")}ab`);
	await galaxy.questions(1);
	client.send("cd");
	assert.equal((await client.response()).status, 200);
	assert.equal(container.requests[0]?.body.toString(), "abcd");
});

test("a path without its slash is not redirected for another user", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { client } = await startCheckedChain(t);
	client.send(byPath("GET", BEN));
	assert.equal((await client.response()).status, 403);
	client.send(byPath("GET", ANNA));
	const { status, headers } = await client.response();
	assert.equal(status, 307);
	assert.deepEqual(values(headers, "Location"), [`${TOOL_PATH}/`]);
});

test("a tool that Galaxy calls not active, or ended, gets no byte", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { client, container, galaxy } = await startCheckedChain(t);
	for (const [state, status] of [
		["not active", 503],
		["ended", 404],
	] as const) {
		galaxy.entryPoints.set(KEY, { owner: state, state });
		const cookie = `Cookie: galaxysession=${state}`;
		client.send(byPath("GET /", cookie));
		assert.equal((await client.response()).status, status);
	}
	assert.deepEqual(container.requests, []);
});

test("a row that is gone when Galaxy answers is not served", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { client, container, galaxy, proxy } = await startCheckedChain(t);
	galaxy.instead = (response) => {
		proxy.routes.clear();
		response.end('{"target":"/"}');
	};
	client.send(byPath("GET /", ANNA));
	assert.equal((await client.response()).status, 404);
	assert.deepEqual(container.requests, []);
});

test("by host there is no tool", { skip: ONE_PROCESS }, async (t) => {
	const { client, container, galaxy } = await startCheckedChain(t);
	client.send(byHost("GET /", ANNA));
	const unknown = await client.response();
	assert.equal(unknown.status, 404);
	assert.deepEqual(galaxy.asked, []);
	assert.deepEqual(container.requests, []);
});

test("with --domain-tools by-token there is, except for tools by path", {
	skip: ONE_PROCESS,
}, async (t) => {
	const flags = { domainTools: "on" } as const;
	const domain = await startCheckedChain(t, flags);
	domain.client.send(byHost("GET /"));
	assert.equal((await domain.client.response()).status, 200);
	assert.deepEqual(domain.galaxy.asked, []);
	for (const needs of [{ pathInUrl: true }, { pathHeader: "X-Path" }]) {
		const { client, container } = await startCheckedChain(t, {
			...flags,
			needs,
		});
		client.send(byHost("GET /", ANNA));
		assert.equal((await client.response()).status, 404);
		assert.deepEqual(container.requests, []);
		client.send(byPath("GET /", ANNA));
		assert.equal((await client.response()).status, 200);
	}
});
