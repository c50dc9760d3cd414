import assert from "node:assert/strict";
import { test } from "node:test";
import { head, request, values } from "../support/client.js";
import { startChain } from "../support/proxy.js";

/** A service worker's scope that the container allows, for a request of this path. */
const CASES: [ownPath: string, path: string, scope: string, passes: boolean][] =
	[
		["/galaxy/gie_proxy", "/galaxy/gie_proxy/", "/galaxy/gie_proxy/a/", true],
		["/galaxy/gie_proxy", "/galaxy/gie_proxy/", "/galaxy/gie_proxy/", true],
		["/galaxy/gie_proxy", "/galaxy/gie_proxy/", "/galaxy/gie_proxy", false],
		["/galaxy/gie_proxy", "/galaxy/gie_proxy/", "/galaxy/gie_proxyx/", false],
		["/galaxy/gie_proxy", "/galaxy/gie_proxy/", "/galaxy/", false],
		["/galaxy/gie_proxy", "/galaxy/gie_proxy/", "/", false],
		["/galaxy/gie_proxy", "/removed", "/galaxy/gie_proxy/a/", true],
		["/galaxy/gie_proxy", "/removed", "/removed/", false],
		["", "/gie_proxy/jupyter/x", "/gie_proxy/jupyter/", true],
		["", "/g/gie_proxy/jupyter/x", "/g/gie_proxy/jupyter/", true],
		["", "/g/gie_proxy/jupyter/x", "/gie_proxy/jupyter/", false],
		["", "/g/gie_proxy/jupyter/x", "/", false],
		["", "/jupyter/x?/gie_proxy/", "/jupyter/", false],
		["", "/gie_proxyx/y", "/gie_proxyx/", false],
	];
const WITHIN = "/p/a/../b /p/%2e/b /p/a/%2E%2e/b /p/..%2f /p/a\\..\\b".split(
	" ",
);
const OUTSIDE = [
	..."/p/.. /p/../ /p/a/../../ /p/%2e%2e/ /p/.%2E /p/%2e./x".split(" "),
	..."/p\\..\\ /p/..\\x //p/a /\\p/a \\p/a p/a ./p/a".split(" "),
	..."http://localhost/p/a https://galaxy.example/p/".split(" "),
	...["/\t/p/a", ""],
];
for (const scope of WITHIN) CASES.push(["/p", "/p/", scope, true]);
for (const scope of OUTSIDE) CASES.push(["/p", "/p/", scope, false]);

function allowing(scope: string): string {
	const field = `Service-Worker-Allowed: ${scope}`;
	return head("HTTP/1.1 200 OK", field, "Content-Length: 0");
}

for (const [ownPath, path, scope, passes] of CASES)
	test(`${path}${ownPath && ` (own path ${ownPath})`} may ${passes ? "" : "not "}allow a worker the scope ${JSON.stringify(scope)}`, async (t) => {
		const answer = allowing(scope);
		const { client } = await startChain(t, { answer, ownPath });
		const { headers } = await client.send(request(`GET ${path}`)).response();
		const allowed = values(headers, "Service-Worker-Allowed");
		assert.deepEqual(allowed, passes ? [scope] : []);
	});

test("the same answer of a container is checked for each path", async (t) => {
	const answer = allowing("/gie_proxy/");
	const { client } = await startChain(t, { answer, keepAlive: "always" });
	const allowed: number[] = [];
	for (const path of ["/gie_proxy/a", "/b", "/gie_proxy/a"]) {
		const { headers } = await client.send(request(`GET ${path}`)).response();
		allowed.push(values(headers, "Service-Worker-Allowed").length);
	}
	assert.deepEqual(allowed, [1, 0, 1]);
});
