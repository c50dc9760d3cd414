import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { ask, connect, head, values } from "../support/client.js";
import { scratchFolder } from "../support/folders.js";

const TOKEN = "c0ffee-and-more";
const env = { GALAXY_PROXY_ADMIN_TOKEN: TOKEN };
const FOREIGN = "Host: proxy.example";

/** As balancers and Kubernetes ask. */
const CHECKS = [
	["GET", "HTTP/1.0"],
	["HEAD", "HTTP/1.0"],
	["OPTIONS", "HTTP/1.0"],
	["GET", "HTTP/1.1", "Connection: close"],
	["GET", "HTTP/1.1", "Connection: close", FOREIGN],
	["GET", "HTTP/1.1", "Connection: close", "Host: 10.1.2.3:8801"],
	["GET", "HTTP/1.1", "Connection: close", FOREIGN, "Authorization: Bearer x"],
] as const;

test("health and readiness are answered without Host and token", async (t) => {
	const { port } = await startWatched(t, { env });
	for (const [path, body] of [
		["/healthz", "ok\n"],
		["/readyz", "ready\n"],
		["/servez", "serving\n"],
	])
		for (const [method, version, ...lines] of CHECKS) {
			const client = await connect(t, port);
			client.send(head(`${method} ${path} ${version}`, ...lines));
			const isHead = method === "HEAD";
			const answer = await client.response({ head: isHead });
			const what = `${method} ${path} ${version} ${lines}`;
			assert.equal(answer.status, 200, what);
			assert.equal(answer.text, isHead ? "" : body, what);
			assert.equal(await client.closed, "end", what);
		}
});

test("only a request that may see the pages gets the reason", async (t) => {
	const map = join(scratchFolder(t), "session_map.sqlite");
	const { ask: askPage, port } = await startWatched(t, { env, map });
	for (const [path, words] of [
		["/readyz", "not ready"],
		["/servez", "not serving"],
	] as const) {
		const trusted = await askPage(path, `Authorization: Bearer ${TOKEN}`);
		assert.equal(trusted.status, 503);
		const [before, reason] = trusted.text.split(": ", 2);
		assert.equal(before, words);
		assert.equal(reason, "no session map was read yet");
		for (const lines of [[], [FOREIGN, `Authorization: Bearer ${TOKEN}`]]) {
			const text = head(`GET ${path} HTTP/1.0`, ...lines);
			const answer = await ask(t, port, text);
			assert.equal(answer.status, 503);
			assert.equal(answer.text, `${words}\n`);
		}
		assert.equal((await askPage(path)).text, `${words}\n`);
	}
});

test("health and readiness refuse other methods and bodies", async (t) => {
	const { port } = await startWatched(t, { env });
	for (const path of ["/healthz", "/readyz", "/servez"]) {
		for (const method of ["POST", "PUT", "DELETE"]) {
			const answer = await ask(t, port, head(`${method} ${path} HTTP/1.0`));
			assert.equal(answer.status, 405, `${method} ${path}`);
			assert.deepEqual(values(answer.headers, "Allow"), ["GET, HEAD, OPTIONS"]);
		}
		const withBody = head(`GET ${path} HTTP/1.1`, FOREIGN, "Content-Length: 3");
		assert.equal((await ask(t, port, `${withBody}abc`)).status, 413);
	}
});

test("paths that only resemble health and readiness are pages", async (t) => {
	const { port } = await startWatched(t);
	for (const path of [
		"/healthz/",
		"/readyz/..",
		"//readyz",
		"/%72eadyz",
		"/servez/",
	]) {
		const answer = await ask(t, port, head(`GET ${path} HTTP/1.0`));
		assert.equal(answer.status, 403, path);
	}
});
