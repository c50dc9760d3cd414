import assert from "node:assert/strict";
import { test } from "node:test";
import type { Route } from "../../src/route.js";
import { askForPage, askWith, titleOf } from "../proxy/page-asked.js";
import {
	as,
	ask,
	COOKIE,
	type RawResponse,
	request,
	values,
} from "../support/client.js";
import { startProxy } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";
import { startShared } from "./shared.js";

const target = { host: "127.0.0.1", port: 1 };

/** Of the page's script only that it may not look again; and nothing else of it reloads. */
function expectStill({ text }: RawResponse): void {
	const [main = ""] = /<main[^>]*>/.exec(text) ?? [];
	assert.match(main, /data-page="ended"/);
	assert.doesNotMatch(main, /data-stay|data-wait/);
	assert.doesNotMatch(text, /http-equiv="refresh"/);
}

for (const kind of ["ended", "contested"] as const) {
	const route: Route = { kind, target };

	test(`${kind}: a browser gets a page that does not retry`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const proxy = await startProxy(t, {}, { find: () => route });
		const page = await askForPage(t, proxy.port);
		assert.equal(page.status, 502);
		assert.match(titleOf(page), /^This environment has ended$/);
		assert.match(page.text, new RegExp(`<code>${kind} 502</code>`));
		assert.deepEqual(values(page.headers, "Retry-After"), []);
		assert.match(values(page.headers, "Proxy-Status").join(), /; page=ended$/);
		expectStill(page);
	});

	test(`${kind}: an open, waiting page learns of it`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const proxy = await startProxy(t, {}, { find: () => route });
		const polled = ["Accept: text/plain", "X-Requested-With: fetch"];
		const answer = await askWith(t, proxy.port, "GET /", COOKIE, ...polled);
		assert.equal(answer.status, 502);
		assert.match(
			values(answer.headers, "Proxy-Status").join(),
			/; page=ended$/,
		);
		assert.doesNotMatch(answer.text, /<html/);
	});
}

test("in German too", { skip: ONE_PROCESS }, async (t) => {
	const find = (): Route => ({ kind: "ended", target });
	const proxy = await startProxy(t, {}, { find });
	const page = await askForPage(t, proxy.port, "Accept-Language: de");
	assert.match(titleOf(page), /beendet|zu Ende|gibt es nicht mehr/);
	expectStill(page);
});

test("a tab that showed an environment gets the page once its address is taken", async (t) => {
	const { daemon, container, take } = await startShared(t);
	assert.equal((await askForPage(t, daemon.port)).text, "ok");
	await take();
	expectStill(await askForPage(t, daemon.port));
	// The other one's container is there, and answers nobody but its own session.
	assert.equal(container.requests.length, 1);
	const others = await ask(t, daemon, as("other", request("GET /")));
	assert.equal(others.text, "ok");
});
