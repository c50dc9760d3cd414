import assert from "node:assert/strict";
import { test } from "node:test";
import { type Route, UNKNOWN, UNREADABLE } from "../../src/route.js";
import { values } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { type StartOptions, startProxy } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";
import { askForPage, titleOf } from "./page-asked.js";

const to = (host: string, port: number): Route => ({
	kind: "target",
	target: { host, port },
});

const cases: [fault: string, options: StartOptions, status: number, RegExp][] =
	[
		["noSession", { find: () => UNKNOWN }, 403, /^No environment belongs/],
		["mapUnreadable", { find: () => UNREADABLE }, 503, /unavailable/],
		[
			"ended",
			{ find: () => ({ kind: "ended", target: { host: "a", port: 1 } }) },
			502,
			/has ended/,
		],
		[
			"contested",
			{ find: () => ({ kind: "contested", target: { host: "a", port: 1 } }) },
			502,
			/has ended/,
		],
		["outsidePrefix", { proxyPrefix: "/a" }, 404, /nothing at this address/],
		[
			"targetNotAllowed",
			{ find: () => to("127.0.0.1", 9), allowTarget: ["a.example"] },
			502,
			/cannot be opened/,
		],
		[
			"targetMissing",
			{ find: () => to("no-such-host..invalid", 80) },
			502,
			/is starting/,
		],
	];

for (const [fault, options, status, title] of cases)
	test(`${fault} has a page, which names it for the administrator`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const proxy = await startProxy(t, {}, options);
		const answer = await askForPage(t, proxy.port);
		assert.equal(answer.status, status);
		assert.match(titleOf(answer), title);
		assert.match(answer.text, new RegExp(`<code>${fault} ${status}</code>`));
	});

test("for a container that does not speak HTTP the page does not reload", {
	skip: ONE_PROCESS,
}, async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.send("SSH-2.0-OpenSSH\r\n");
	});
	const proxy = await startProxy(t, { abc: container });
	const answer = await askForPage(t, proxy.port);
	assert.equal(answer.status, 502);
	assert.match(titleOf(answer), /cannot be opened/);
	assert.doesNotMatch(answer.text, /<main[^>]* data-wait|http-equiv="refresh"/);
});

test("for a container that is too slow the page does not reload", {
	skip: ONE_PROCESS,
}, async (t) => {
	const container = await startBackend(t);
	const flags = { responseTimeoutMs: 1 };
	const proxy = await startProxy(t, { abc: container }, flags);
	const answer = await askForPage(t, proxy.port);
	assert.equal(answer.status, 504);
	assert.match(titleOf(answer), /too long/);
	assert.doesNotMatch(answer.text, /<main[^>]* data-wait|http-equiv="refresh"/);
});

test("a refused upload gets the text", { skip: ONE_PROCESS }, async (t) => {
	const proxy = await startProxy(t, {});
	const answer = await askForPage(t, proxy.port, "Transfer-Encoding: gzip");
	assert.equal(answer.status, 501);
	assert.deepEqual(values(answer.headers, "Content-Type"), [
		"text/plain; charset=utf-8",
	]);
});
