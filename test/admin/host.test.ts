import assert from "node:assert/strict";
import { test } from "node:test";
import { guardOf } from "../../src/admin/admin-listener.js";
import { startWatched } from "../support/admin.js";
import { connect, head } from "../support/client.js";
import { startHttpBackend } from "../support/container.js";

const OURS = [
	"localhost",
	"LOCALHOST:8801",
	"127.0.0.1",
	"127.9.9.9:1",
	"[::1]:80",
];
const FOREIGN = [
	"evil.example",
	"evil.example:8801",
	"localhost.evil.example",
	"127.0.0.1.evil.example",
	"localhost@evil.example",
	"evil.example#localhost",
	"localhost, evil.example",
	"::1",
	"[::1",
	"[localhost]",
	"10.1.2.3",
	"",
];
const PATHS = ["/", "/metrics", "/routes", "/live", "/nothing"];

test("a page whose name was bound to loopback afterwards (DNS rebinding) reads nothing", async (t) => {
	const { ask } = await startWatched(t);
	for (const path of PATHS) {
		const answer = await ask(path, "Host: rebound.example:8801");
		assert.equal(answer.status, 403, path);
		assert.match(answer.text, /^This Host is not served here/);
	}
});

test("only a Host that is loopback is served", async (t) => {
	const { ask } = await startWatched(t);
	for (const host of OURS)
		assert.equal((await ask("/routes", `Host: ${host}`)).status, 200, host);
	for (const host of FOREIGN)
		assert.equal((await ask("/routes", `Host: ${host}`)).status, 403, host);
});

test("two Host lines, and none, are refused", async (t) => {
	const { ask, port } = await startWatched(t);
	const two = await ask("/routes", "Host: localhost", "Host: evil.example");
	assert.ok(two.status === 403 || two.status === 400, `${two.status}`);
	const client = await connect(t, port);
	const none = await client.send(head("GET /routes HTTP/1.0")).response();
	assert.equal(none.status, 403);
	const later = await connect(t, port);
	const nameless = head("GET /routes HTTP/1.1", "Connection: close");
	assert.equal((await later.send(nameless).response()).status, 403);
});

test("only the name in --admin and the address at which a request arrived are served", async (t) => {
	const guard = guardOf("Proxy.Internal", undefined);
	const { port } = await startHttpBackend(t, (request, response) => {
		response.statusCode = guard(request)?.status ?? 200;
		response.end();
	});
	const statusFor = async (host: string) => {
		const client = await connect(t, port);
		const lines = [`Host: ${host}`, "Connection: close"];
		client.send(head("GET / HTTP/1.1", ...lines));
		return (await client.response()).status;
	};
	assert.equal(await statusFor("proxy.internal:8801"), 200);
	assert.equal(await statusFor("other.internal"), 403);
	assert.equal(await statusFor("10.0.0.1"), 403);
});
