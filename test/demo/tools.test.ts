import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { ask, head } from "../support/client.js";
import { type Demo, startDemo } from "./start-demo.js";

/** A browser's session with a tool that it has started: the links and buttons that Galaxy's page then shows. */
async function startTool(t: TestContext, by: "path" | "domain") {
	const demo = await startDemo(t);
	const first = await fetch(demo.page);
	const cookie = (first.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
	assert.match(await first.text(), /None yet/);
	await press(demo, cookie, `tools/${by}`);
	const html = await (await fetch(demo.page, { headers: { cookie } })).text();
	const [, open = ""] = /href="([^"]+)" target/.exec(html) ?? [];
	const [, stop = ""] = /action="\/(tools\/\w+\/stop)"/.exec(html) ?? [];
	return { demo, cookie, open, stop };
}

async function press(demo: Demo, cookie: string, action: string) {
	const { status } = await fetch(demo.page + action, {
		method: "POST",
		headers: { cookie },
		redirect: "manual",
	});
	assert.equal(status, 303);
}

test("a tool by path is started, used and stopped", async (t) => {
	const { demo, cookie, open, stop } = await startTool(t, "path");
	assert.ok(open.startsWith(`${demo.toolsProxy}interactivetool/ep/`), open);
	const hello = await fetch(`${open}hello`, { headers: { cookie } });
	assert.match(await hello.text(), /the session cookie stayed there/);
	const shown = await fetch(open, { headers: { cookie } });
	assert.match(await shown.text(), /WebSocket round trips/);
	const socket = new WebSocket(new URL("echo", open));
	t.after(() => socket.terminate());
	await once(socket, "open");
	socket.send("there and back");
	const [echo] = await once(socket, "message");
	assert.equal(String(echo), "there and back");

	const closed = once(socket, "close");
	await press(demo, cookie, stop);
	await closed;
	assert.equal((await fetch(open, { headers: { cookie } })).status, 404);
	const page = await fetch(demo.page, { headers: { cookie } });
	assert.match(await page.text(), /None yet/);
});

test("a tool by domain is reached by its host name", async (t) => {
	const { demo, cookie, open, stop } = await startTool(t, "domain");
	const { host, hostname } = new URL(open);
	assert.match(hostname, /^\w+-\w+\.ep\.interactivetool\.localhost$/);
	const port = Number(new URL(demo.toolsProxy).port);
	const request = head("GET /hello HTTP/1.1", `Host: ${host}`);
	assert.match((await ask(t, port, request)).text, /Hello from the container/);
	await press(demo, cookie, stop);
	assert.equal((await ask(t, port, request)).status, 404);
});

test("another browser neither sees nor stops a tool", async (t) => {
	const { demo, open, stop } = await startTool(t, "path");
	const other = `galaxysession=${"0".repeat(48)}`;
	await press(demo, other, stop);
	assert.equal((await fetch(open)).status, 200);
	const page = await fetch(demo.page, { headers: { cookie: other } });
	assert.match(await page.text(), /None yet/);
});
