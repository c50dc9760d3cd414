import assert from "node:assert/strict";
import { test } from "node:test";
import { NOT_READY } from "../../src/route.js";
import { COOKIE, UPGRADE, values } from "../support/client.js";
import { startProxy } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";
import { askWith } from "./page-asked.js";

const HTML = "Accept: text/html,*/*;q=0.8";

const cases: [due: boolean, first: string, lines: string[]][] = [
	[true, "GET", [HTML]],
	[true, "GET", ["Accept: text/html"]],
	[true, "GET", ["accept:TEXT/HTML;q=0.9, */*"]],
	[true, "GET", [HTML, "Sec-Fetch-Dest: document"]],
	[true, "GET", [HTML, "Sec-Fetch-Dest: iframe"]],
	[true, "GET", [HTML, "Sec-Fetch-Dest: frame"]],
	[true, "GET", [HTML, "Connection: upgrade"]],
	[false, "GET", []],
	[false, "GET", ["Accept: */*"]],
	[false, "GET", ["Accept: application/json, text/html"]],
	[false, "GET", ["Accept: text/html5"]],
	[false, "GET", ["Accept: */*", HTML]],
	[false, "GET", [HTML, "Sec-Fetch-Dest: empty"]],
	[false, "GET", [HTML, "Sec-Fetch-Dest: image"]],
	[false, "GET", [HTML, "Sec-Fetch-Dest: document", "Sec-Fetch-Dest: empty"]],
	[false, "GET", [HTML, "X-Requested-With: XMLHttpRequest"]],
	[false, "GET", [HTML, "x-requested-with:"]],
	[false, "GET", [HTML, ...UPGRADE]],
	[false, "HEAD", [HTML]],
	[false, "POST", [HTML, "Content-Length: 0"]],
	[false, "OPTIONS", [HTML]],
];

for (const [due, method, lines] of cases)
	test(`${due ? "a page" : "no page"} for ${method} ${lines.join(", ")}`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const proxy = await startProxy(t, {}, { find: () => NOT_READY });
		const first = `${method} /a`;
		const { status, headers, text } = await askWith(
			t,
			proxy.port,
			first,
			COOKIE,
			...lines,
		);
		assert.equal(status, 503);
		assert.deepEqual(values(headers, "Retry-After"), ["2"]);
		assert.deepEqual(values(headers, "Cache-Control"), ["no-store"]);
		assert.deepEqual(values(headers, "Content-Type"), [
			`text/${due ? "html" : "plain"}; charset=utf-8`,
		]);
		assert.equal(values(headers, "Content-Security-Policy").length, +due);
		assert.deepEqual(
			values(headers, "Vary"),
			due ? ["Accept, Accept-Language, Sec-Fetch-Dest, X-Requested-With"] : [],
		);
		if (method !== "HEAD")
			assert.match(text, due ? /^<!doctype html>/ : /^The environment is/);
	});

test("a page keeps its connection open as a text does", {
	skip: ONE_PROCESS,
}, async (t) => {
	const proxy = await startProxy(t, {}, { find: () => NOT_READY });
	const { headers } = await askWith(t, proxy.port, "GET /", COOKIE, HTML);
	assert.deepEqual(values(headers, "Connection"), []);
});

test("a page in a frame of Galaxy's page gets the CORS fields of an answer", {
	skip: ONE_PROCESS,
}, async (t) => {
	const proxy = await startProxy(t, {}, { find: () => NOT_READY });
	const origin = "http://galaxy.example:8080";
	const from = [COOKIE, HTML, `Origin: ${origin}`];
	const { headers } = await askWith(t, proxy.port, "GET /", ...from);
	assert.deepEqual(values(headers, "Access-Control-Allow-Origin"), [origin]);
	assert.equal(values(headers, "Vary").at(-1), "Origin");
});
