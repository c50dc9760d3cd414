import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { connect, type RawResponse, upgrade } from "../support/client.js";
import { type Backend, STOPPED, startBackend } from "../support/container.js";
import {
	type RunningProxy,
	startClient,
	startProxy,
} from "../support/proxy.js";
import { askForPage, titleOf } from "./page-asked.js";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const SWITCH =
	"HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/** One that answers each connection so. */
function answering(t: TestContext, answer: string): Promise<Backend> {
	return startBackend(t, async (connection) => {
		await connection.request();
		connection.send(answer);
	});
}

function sinceIn({ text }: RawResponse): number {
	return Date.parse(/<time datetime="([^"]*)"/.exec(text)?.[1] ?? "");
}

async function expectGone(t: TestContext, proxy: RunningProxy, at: number) {
	const page = await askForPage(t, proxy.port);
	assert.equal(page.status, 502);
	assert.match(titleOf(page), /cannot be reached/);
	const since = sinceIn(page);
	assert.ok(since >= at - 1 && since <= Date.now(), `${since}, ${at}`);
}

test("a container that never answered is starting", async (t) => {
	const proxy = await startProxy(t, { abc: STOPPED });
	for (const _ of [1, 2]) {
		const page = await askForPage(t, proxy.port);
		assert.match(titleOf(page), /is starting/);
		assert.ok(Number.isNaN(sinceIn(page)));
	}
});

test("one that has answered is not reachable, since its last answer", async (t) => {
	const container = await answering(t, OK);
	const proxy = await startProxy(t, { abc: container });
	const before = Date.now();
	assert.equal((await askForPage(t, proxy.port)).text, "ok");
	await proxy.exchange(0);
	await container.kill();
	await expectGone(t, proxy, before);
	await expectGone(t, proxy, before);
});

test("the page gives the time at which a WebSocket broke", async (t) => {
	const container = await answering(t, SWITCH);
	const { proxy, client } = await startClient(t, { abc: container });
	await client.send(upgrade()).until("101");
	const before = Date.now() + 5;
	// Until then it lives, and its 101 is no longer what counts.
	while (Date.now() <= before);
	await container.kill();
	await proxy.exchange(0);
	await expectGone(t, proxy, before);
});

test("an answer that breaks off counts as an answer", async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.send(OK.replace("Length: 2", "Length: 200")).end();
	});
	const proxy = await startProxy(t, { abc: container });
	const before = Date.now();
	const client = await connect(t, proxy.port);
	client.send("GET / HTTP/1.1\r\nHost: a\r\nCookie: galaxysession=abc\r\n\r\n");
	await client.closed;
	await container.kill();
	await expectGone(t, proxy, before);
});

test("answers of another target or session do not count", async (t) => {
	const old = await answering(t, OK);
	const proxy = await startProxy(t, { abc: old, other: STOPPED });
	await askForPage(t, proxy.port);
	await old.kill();
	proxy.routes.set("abc", { kind: "target", target: STOPPED });
	assert.match(titleOf(await askForPage(t, proxy.port)), /is starting/);
	proxy.routes.set("abc", { kind: "target", target: old });
	assert.match(titleOf(await askForPage(t, proxy.port)), /is starting/);
});
