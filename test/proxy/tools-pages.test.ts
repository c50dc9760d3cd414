import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
	ELSEWHERE,
	NOT_READY,
	type Route,
	UNREADABLE,
} from "../../src/route.js";
import { connect, type RawResponse, values } from "../support/client.js";
import { STOPPED, startAnswering } from "../support/container.js";
import { type RunningProxy, startProxy } from "../support/proxy.js";
import { byHost, byPath, setTool, TOOL_FLAGS } from "../support/tools.js";
import { ONE_PROCESS } from "../support/workers.js";
import { BROWSER, titleOf } from "./page-asked.js";

async function send(
	t: TestContext,
	{ port }: RunningProxy,
	text: string,
): Promise<RawResponse> {
	const client = await connect(t, port);
	client.send(text);
	return await client.response();
}

const ended: Route = { kind: "ended", target: STOPPED };

const cases: [
	fault: string,
	route: Route | undefined,
	status: number,
	page: string,
	title: RegExp,
][] = [
	["noTool", undefined, 404, "no-tool", /no interactive tool at this address/],
	["toolNotReady", NOT_READY, 503, "not-ready", /tool is not ready yet/],
	["elsewhere", ELSEWHERE, 404, "elsewhere", /tool is served elsewhere/],
	["mapUnreadable", UNREADABLE, 503, "unavailable", /temporarily unavailable/],
	["ended", ended, 502, "ended", /tool has ended/],
	[
		"targetMissing",
		{ kind: "target", target: STOPPED },
		502,
		"starting",
		/tool is starting/,
	],
];

for (const [fault, route, status, name, title] of cases)
	for (const [way, of] of [
		["path", byPath],
		["host", byHost],
	] as const)
		test(`${fault} by ${way} has the page ${name}`, {
			skip: ONE_PROCESS,
		}, async (t) => {
			const find = () => route ?? ({ kind: "unknown" } as const);
			const proxy = await startProxy(t, {}, { ...TOOL_FLAGS, find });
			const page = await send(t, proxy, of("GET /", ...BROWSER));
			assert.equal(page.status, status);
			assert.match(titleOf(page), title);
			assert.ok(page.text.includes(`<code>${fault} ${status}</code>`));
			const one = (field: string) => values(page.headers, field).join();
			assert.match(one("Proxy-Status"), new RegExp(`; page=${name}$`));
			assert.equal(one("Cache-Control"), "no-store");
			assert.equal(one("Referrer-Policy"), "no-referrer");
			const link = /<a class="galaxy" href="([^"]*)" target="_top">/;
			assert.equal(link.exec(page.text)?.[1], way === "path" ? "/" : undefined);
		});

test("a container that refuses again after it has answered is finishing", async (t) => {
	const proxy = await startProxy(t, {}, TOOL_FLAGS);
	const container = await startAnswering(t);
	setTool(proxy, container);
	assert.equal((await send(t, proxy, byPath("GET /"))).status, 200);
	await proxy.exchange(0);
	await container.kill();
	const page = await send(t, proxy, byPath("GET /", ...BROWSER));
	assert.equal(page.status, 502);
	assert.match(titleOf(page), /no longer answers/);
	assert.match(page.text, /It last answered <time datetime=/);
	assert.match(page.text, /<main[^>]* data-wait/);
	const text = await send(t, proxy, byPath("GET /"));
	assert.equal(text.text, "Proxy target missing");
	assert.deepEqual(values(text.headers, "Retry-After"), ["2"]);
	assert.match(
		values(text.headers, "Proxy-Status").join(),
		/; page=finishing$/,
	);
});

test("answers to programs speak of tools, in the predecessor's words where it has some", {
	skip: ONE_PROCESS,
}, async (t) => {
	let route: Route = { kind: "target", target: STOPPED };
	const find = () => route;
	const proxy = await startProxy(t, {}, { ...TOOL_FLAGS, find });
	for (const [next, text] of [
		[route, /^Proxy target missing$/],
		[ended, /^This interactive tool has ended/],
		[
			{ kind: "contested", target: STOPPED },
			/^This interactive tool's address/,
		],
		[NOT_READY, /^The interactive tool is starting/],
	] as const) {
		route = next;
		const answer = await send(t, proxy, byPath("GET /"));
		assert.match(answer.text, text);
		assert.doesNotMatch(answer.text, /environment/i);
	}
});

test("no answer of ours to a request for a tool can be read by other origins", async (t) => {
	const flags = { ...TOOL_FLAGS, cors: ["https://other.example"] };
	const proxy = await startProxy(t, {}, flags);
	const origin = "Origin: https://other.example";
	const { headers } = await send(t, proxy, byHost("GET /", origin));
	assert.deepEqual(values(headers, "Access-Control-Allow-Origin"), []);
});

test("the pages of an unknown key and of a wrong token are the same", async (t) => {
	const proxy = await startProxy(t, {}, TOOL_FLAGS);
	setTool(proxy, STOPPED);
	const ask = (path: string) =>
		send(
			t,
			proxy,
			[
				"GET",
				path,
				"HTTP/1.1\r\nHost: a.example\r\nAccept: text/html\r\n\r\n",
			].join(" "),
		);
	const [unknown, wrong] = [
		await ask("/interactivetool/ep/nokey/1xg0cvb6jy29r/"),
		await ask("/interactivetool/ep/2q5ty1w7u8a/wrong/"),
	];
	assert.equal(unknown.text, wrong.text);
	const named = ({ headers }: RawResponse) =>
		headers.filter(([name]) => name !== "Date");
	assert.deepEqual(named(unknown), named(wrong));
});
