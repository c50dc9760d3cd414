import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, COOKIE, head, values } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

const CASES: [
	name: string,
	text: string,
	target: string,
	host: string | null,
][] = [
	[
		"Host is kept",
		head("GET /a HTTP/1.1", "Host: galaxy.example:8800", COOKIE),
		"/a",
		"galaxy.example:8800",
	],
	[
		"nginx's Host is kept",
		head("GET /a HTTP/1.0", "Host: localhost:8800", COOKIE),
		"/a",
		"localhost:8800",
	],
	[
		"the absolute form is reduced to its path, its authority becomes Host",
		head(
			"GET http://other.example:81/a?b HTTP/1.1",
			"Host: galaxy.example",
			COOKIE,
		),
		"/a?b",
		"other.example:81",
	],
	[
		"the absolute form without a path asks for /",
		head("GET http://other.example HTTP/1.1", "Host: other.example", COOKIE),
		"/",
		"other.example",
	],
	[
		"HTTP/1.0 without Host: the container's own",
		head("GET /a HTTP/1.0", COOKIE),
		"/a",
		null,
	],
];

for (const [name, text, target, host] of CASES)
	test(name, async (t) => {
		const container = await startAnswering(t);
		const { port } = await startProxy(t, { abc: container });
		const response = await ask(t, port, text);
		assert.equal(response.status, 200);
		const request = await container.request(0);
		const expected = host ?? `127.0.0.1:${container.port}`;
		assert.equal(request.target, target);
		assert.deepEqual(values(request.headers, "Host"), [expected]);
	});
