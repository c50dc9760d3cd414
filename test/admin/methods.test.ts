import assert from "node:assert/strict";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { ask, connect, head, UPGRADE, values } from "../support/client.js";

const HOST = "Host: localhost";

test("methods other than GET and HEAD are 405", async (t) => {
	const { port } = await startWatched(t);
	for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"]) {
		const answer = await ask(t, port, head(`${method} /routes HTTP/1.1`, HOST));
		assert.equal(answer.status, 405, method);
		assert.deepEqual(values(answer.headers, "Allow"), ["GET, HEAD"]);
	}
});

test("CONNECT and upgrades get no tunnel", async (t) => {
	const { port } = await startWatched(t);
	const tunnel = await connect(t, port);
	tunnel.send(head("CONNECT localhost:22 HTTP/1.1", HOST));
	await tunnel.closed;
	assert.equal(tunnel.received, "");
	assert.equal(
		(await ask(t, port, head("GET /healthz HTTP/1.1", HOST, ...UPGRADE)))
			.status,
		200,
	);
});

test("HEAD is answered as GET, without the body", async (t) => {
	const { port, ask } = await startWatched(t);
	for (const path of ["/", "/healthz", "/routes", "/nothing"]) {
		const client = await connect(t, port);
		client.send(head(`HEAD ${path} HTTP/1.1`, HOST, "Connection: close"));
		const answer = await client.response({ head: true });
		const full = await ask(path);
		assert.equal(answer.status, full.status, path);
		for (const name of ["Content-Type", "Content-Length"])
			assert.deepEqual(
				values(answer.headers, name),
				values(full.headers, name),
			);
		assert.equal(await client.closed, "end");
	}
});

test("every answer has no-store, nosniff and a policy that allows no foreign script", async (t) => {
	const { ask } = await startWatched(t);
	const paths = "/ /healthz /readyz /metrics /routes /live /status.js /nothing";
	for (const path of [...paths.split(" "), "/routes?limit=0"]) {
		const { headers } = await ask(path);
		assert.deepEqual(values(headers, "Cache-Control"), ["no-store"], path);
		assert.deepEqual(values(headers, "X-Content-Type-Options"), ["nosniff"]);
		const [policy = ""] = values(headers, "Content-Security-Policy");
		assert.match(policy, /^default-src 'none'; script-src 'self';/);
		assert.doesNotMatch(policy, /unsafe|\*/);
		assert.deepEqual(values(headers, "Access-Control-Allow-Origin"), []);
	}
});
