import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request, values } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

const LOCAL = "http://localhost/rstudio/?a=b";

const CASES: [status: number, location: string, becomes: string][] = [
	[301, LOCAL, "/rstudio/?a=b"],
	[302, LOCAL, "/rstudio/?a=b"],
	[303, LOCAL, "/rstudio/?a=b"],
	[307, LOCAL, "/rstudio/?a=b"],
	[308, "https://LOCALHOST", "/"],
	[302, "http://localhost//evil.example/", "/evil.example/"],
	[201, LOCAL, LOCAL],
	[302, "http://localhost:8888/tree", "http://localhost:8888/tree"],
	[302, "http://localhost.example/", "http://localhost.example/"],
	[302, "http://galaxy.example/", "http://galaxy.example/"],
	[302, "/tree?", "/tree?"],
];

for (const reverseProxy of [true, false])
	for (const [status, location, becomes] of CASES)
		test(`${status} to ${location}, ${reverseProxy ? "with" : "without"} --reverseProxy`, async (t) => {
			const container = await startAnswering(
				t,
				`HTTP/1.1 ${status} X\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`,
			);
			const { port } = await startProxy(
				t,
				{ abc: container },
				{ reverseProxy },
			);
			const response = await ask(t, port, request("GET /"));
			assert.equal(response.status, status);
			assert.deepEqual(values(response.headers, "Location"), [
				reverseProxy ? becomes : location,
			]);
		});
