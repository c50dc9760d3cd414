import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { NOT_READY, UNKNOWN } from "../../src/route.js";
import { values } from "../support/client.js";
import { startProxy } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";
import { askForPage, askWith, BROWSER } from "./page-asked.js";

const MARK = "<script>zzzz</script>";

test("a page and its head contain nothing from the request", {
	skip: ONE_PROCESS,
}, async (t) => {
	const proxy = await startProxy(t, {}, { find: () => UNKNOWN });
	const hostile = [
		`Cookie: galaxysession=zzzz; a="${MARK}"`,
		`Referer: http://galaxy.example/${MARK}`,
		`User-Agent: ${MARK}`,
		`X-Forwarded-Host: ${MARK}`,
		`Accept-Language: ${MARK},de-zzzz`,
	];
	const page = await askWith(
		t,
		proxy.port,
		`GET /${MARK}?zzzz="${MARK}`,
		...BROWSER,
		...hostile,
	);
	assert.equal(page.status, 403);
	assert.match(page.text, /^<!doctype html>/);
	assert.doesNotMatch(page.text, /zzzz/i);
	assert.doesNotMatch(JSON.stringify(page.headers), /zzzz/i);
});

test("the policy allows only scripts and styles of the page itself", {
	skip: ONE_PROCESS,
}, async (t) => {
	const proxy = await startProxy(t, {}, { find: () => NOT_READY });
	const { text, headers } = await askForPage(t, proxy.port);
	const hash = (tag: string) => {
		const inside = new RegExp(`<${tag}>(.*?)</${tag}>`, "s").exec(text)?.[1];
		assert.ok(inside);
		return `'sha256-${createHash("sha256").update(inside).digest("base64")}'`;
	};
	assert.deepEqual(values(headers, "Content-Security-Policy"), [
		`default-src 'none'; style-src ${hash("style")}; script-src ${hash("script")}; ` +
			"connect-src 'self'; base-uri 'none'; form-action 'none'",
	]);
	assert.doesNotMatch(text, / style="| on\w+="|(src|href)="[^"]/);
});

test("a page may be in a frame of Galaxy's page, from any port", {
	skip: ONE_PROCESS,
}, async (t) => {
	const proxy = await startProxy(t, {}, { find: () => NOT_READY });
	const { headers } = await askForPage(t, proxy.port);
	assert.deepEqual(values(headers, "X-Frame-Options"), []);
	assert.doesNotMatch(JSON.stringify(headers), /frame-ancestors/);
});
