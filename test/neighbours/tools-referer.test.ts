import assert from "node:assert/strict";
import { test } from "node:test";
import {
	byHost,
	byPath,
	hostOf,
	pathOf,
	startToolChain,
	TOOL_HOST,
	TOOL_PATH,
	TOOL_PREFIX,
} from "../support/tools.js";

const OLDER = "/interactivetool/access/interactivetoolentrypoint";
const OTHER = { path: pathOf("k2", "t2"), host: hostOf("k2", "t2") };
const GALAXY = "https://galaxy.example";

/** What a tool gets of a Referer, reached by path and by host. undefined: no field. */
const CASES: [sent: string, byPath?: string, byHost?: string][] = [
	...[`${GALAXY}/`, `${GALAXY}/root?a=${TOOL_PREFIX}`, "about:client"].map(
		(same): [string, string, string] => [same, same, same],
	),
	...[`${GALAXY}${TOOL_PATH}/lab?a=1`, `${GALAXY}:8443${TOOL_PATH}`].map(
		(own): [string, string, string] => [own, own, own],
	),
	...[`https://${TOOL_HOST}/lab`, `https://${TOOL_HOST.toUpperCase()}:1/`].map(
		(own): [string, string, string] => [own, own, own],
	),
	...[
		`${GALAXY}${OTHER.path}/lab?a=1`,
		`${GALAXY}/${OTHER.path}`,
		`${GALAXY}${OLDER}/k2/t2/`,
		`${GALAXY}${TOOL_PATH}2/`,
		`https://u:p@galaxy.example${OTHER.path}/`,
		`${GALAXY}${TOOL_PREFIX}/k2`,
	].map((sent): [string, string, string] => {
		const cut = `${GALAXY}/`;
		return [sent, cut, cut];
	}),
	[`https://${OTHER.host}/`],
	[`https://${OTHER.host}:8443/lab?a=1`],
	[`https://${OTHER.host.toUpperCase()}${TOOL_PATH}/`],
	[`${OTHER.path}/lab`],
];

for (const [sent, ...expected] of CASES)
	for (const [i, request] of [byPath, byHost].entries())
		test(`Referer: ${sent} by ${i === 0 ? "path" : "host"}`, async (t) => {
			const { client, container } = await startToolChain(t);
			// A line that ends like the Referer must not be taken for it.
			const like = `X-Referer: ${sent}`;
			const lines = [like, `Referer: ${sent}`, "B: 1"];
			await client.send(request("GET /", ...lines)).response();
			const { headers } = await container.request(0);
			const got = headers.filter(([name]) => name === "Referer");
			const want = expected[i];
			assert.deepEqual(
				got.map(([, value]) => value),
				want === undefined ? [] : [want],
			);
			const kept = headers.find(([name]) => name === "X-Referer");
			assert.equal(kept?.[1], sent);
		});

test("a host name like a tool's is no other tool's if it is Galaxy's own", async (t) => {
	const { client, container } = await startToolChain(t);
	const referer = "https://my-galaxy.example:8443/root";
	const request = byPath("GET /", `Referer: ${referer}`);
	const own = request.replace("Host: galaxy", "Host: my-galaxy");
	await client.send(own).response();
	const { headers } = await container.request(0);
	assert.ok(headers.some(([, value]) => value === referer));
});
