import assert from "node:assert/strict";
import { test } from "node:test";
import {
	anonymous,
	ask,
	COOKIE,
	type Fields,
	head,
	request,
	values,
} from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

const ALLOWING =
	"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n";
const GALAXY = "http://galaxy.example:8080";

function cors(headers: Fields): string[][] {
	const names = ["Allow-Origin", "Allow-Credentials"];
	return names.map((name) => values(headers, `Access-Control-${name}`));
}

test("Galaxy's page on another port of the same host may read a container's answer", async (t) => {
	const container = await startAnswering(t, ALLOWING);
	const { port } = await startProxy(t, { abc: container });
	const text = request("GET /", `Origin: ${GALAXY}`);
	const { headers } = await ask(t, port, text);
	assert.deepEqual(cors(headers), [[GALAXY], ["true"]]);
	assert.deepEqual(values(headers, "Vary"), ["Origin"]);
});

test("and the proxy's own, which its readiness check needs", async (t) => {
	const { port } = await startProxy(t, {});
	const text = anonymous("GET /", `Origin: ${GALAXY}`);
	const { status, headers } = await ask(t, port, text);
	assert.equal(status, 403);
	assert.deepEqual(cors(headers), [[GALAXY], ["true"]]);
	assert.deepEqual(values(headers, "Vary"), ["Origin"]);
});

for (const [name, host, origin] of [
	["another host", "galaxy.example", "http://evil.example"],
	["a host that begins alike", "galaxy.example", "http://galaxy.example.evil"],
	["any, behind nginx's Host", "localhost:8800", GALAXY],
	["null", "galaxy.example", "null"],
] as const)
	test(`for the origin of ${name} the container's own CORS fields pass unchanged`, async (t) => {
		const container = await startAnswering(t, ALLOWING);
		const { port } = await startProxy(t, { abc: container });
		const lines = [`Host: ${host}`, COOKIE, `Origin: ${origin}`];
		const { headers } = await ask(t, port, head("GET / HTTP/1.1", ...lines));
		assert.deepEqual(cors(headers), [["*"], []]);
	});

test("--cors any reflects every origin, as the legacy did", async (t) => {
	const container = await startAnswering(t);
	const { port } = await startProxy(t, { abc: container }, { cors: "any" });
	const text = request("GET /", "Origin: http://evil.example");
	const { headers } = await ask(t, port, text);
	assert.deepEqual(cors(headers), [["http://evil.example"], ["true"]]);
	const without = await ask(t, port, request("GET /"));
	assert.deepEqual(cors(without.headers), [[], ["true"]]);
});
