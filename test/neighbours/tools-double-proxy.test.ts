import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, head, values } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startInner } from "../support/double-proxy.js";
import { startProxy } from "../support/proxy.js";
import {
	byHost,
	byPath,
	hostOf,
	setTool,
	TOKEN,
	TOOL_FLAGS,
	TOOL_PATH,
} from "../support/tools.js";
import { ONE_PROCESS } from "../support/workers.js";

const ANSWER = head(
	"HTTP/1.1 200 OK",
	"Set-Cookie: galaxysession=1",
	"Set-Cookie: a=1; Path=/b",
	"Reporting-Endpoints: a",
	'NEL: {"include_subdomains":true}',
	"Content-Length: 0",
);

/** Both ends have the defaults of the flags. */
const flags = {
	...TOOL_FLAGS,
	cookiePaths: "confine",
	referrerPolicy: "same-origin",
	sessionCookies: ["galaxysession"],
} as const;

for (const [by, request, expected] of [
	[
		"path",
		byPath,
		{ cookies: [`a=1; Path=${TOOL_PATH}/b`], reports: [], policies: [] },
	],
	[
		"host",
		byHost,
		{ cookies: ["a=1; Path=/b"], reports: ["a"], policies: ["same-origin"] },
	],
] as const)
	test(`by ${by} two proxies do together what one does`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const container = await startAnswering(t, ANSWER);
		const inner = await startInner(t, { ...flags, proxyPathPrefix: "" });
		const forward = { forwardIp: "127.0.0.1", forwardPort: inner.port };
		const outer = await startProxy(t, {}, { ...flags, ...forward });
		setTool(outer, container, { pathInUrl: true });
		const client = await connect(t, outer.port);
		const referers = [
			`Referer: https://galaxy.example${TOOL_PATH}/lab`,
			`Referer: https://${hostOf("k2", "t2")}/`,
		];
		client.send(request("GET /lab", ...referers));
		const { headers } = await client.response();
		assert.deepEqual(
			{
				cookies: values(headers, "Set-Cookie"),
				reports: values(headers, "Reporting-Endpoints"),
				policies: values(headers, "Referrer-Policy"),
			},
			expected,
		);
		assert.deepEqual(values(headers, "NEL"), []);
		const asked = await container.request(0);
		const [own = ""] = referers;
		assert.deepEqual(values(asked.headers, "Referer"), [own.slice(9)]);
		const { path } = await inner.exchange(0);
		assert.ok(!path.includes(TOKEN), path);
	});
