import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { WebSocket } from "ws";
import { startBackend } from "../support/container.js";
import { type Demo, startDemo } from "./start-demo.js";

test("the curl line works as it is printed", async (t) => {
	const demo = await startDemo(t);
	const [, cookie = "", url = ""] = demo.find(/curl --cookie (\S+) (\S+)/);
	const answer = await fetch(url, { headers: { cookie } });
	assert.equal(answer.status, 200);
	assert.match(await answer.text(), /the session cookie stayed there/);
});

test("the button leads to the environment, its file and its WebSocket", async (t) => {
	const demo = await startDemo(t);
	const galaxy = await fetch(demo.page);
	const setCookie = galaxy.headers.get("set-cookie") ?? "";
	assert.match(
		setCookie,
		/^galaxysession=[0-9a-f]{48}; Path=\/; HttpOnly; SameSite=Lax$/,
	);
	const cookie = setCookie.slice(0, setCookie.indexOf(";"));
	const html = await galaxy.text();
	assert.match(html, /id="session" data-value="session">[0-9a-f]{8}</);
	assert.ok(!html.includes(cookie.slice("galaxysession=".length)));

	const before = await fetch(demo.proxy, { headers: { cookie } });
	assert.equal(before.status, 403);

	const launched = await fetch(`${demo.page}launch`, {
		method: "POST",
		headers: { cookie },
		redirect: "manual",
	});
	assert.equal(launched.status, 303);
	const address = launched.headers.get("location") ?? "";
	assert.ok(address.startsWith(demo.proxy));

	const environment = await fetch(address, { headers: { cookie } });
	assert.equal(environment.status, 200);
	assert.match(await environment.text(), /WebSocket round trips/);

	const file = await fetch(new URL("measurements.csv", address), {
		headers: { cookie },
	});
	assert.equal((await file.text()).split("\n").length, 100_002);

	const socket = new WebSocket(new URL("echo", address), {
		headers: { cookie },
	});
	t.after(() => socket.terminate());
	await once(socket, "open");
	socket.send("there and back");
	const [echo] = await once(socket, "message");
	assert.equal(String(echo), "there and back");
});

test("the status page is there, and Galaxy's page links to it", async (t) => {
	const demo = await startDemo(t);
	const [, address = ""] = demo.find(/its status +(\S+)/);
	assert.match(await (await fetch(demo.page)).text(), new RegExp(address));
	const page = await fetch(address);
	assert.equal(page.status, 200);
	assert.match(await page.text(), /<h1>galaxy-proxy<\/h1>/);
});

test("Ctrl-C ends all of it", async (t) => {
	const demo = await startDemo(t);
	await assertEnds(demo, demo.interrupt);
});

test("SIGTERM to the demo alone ends all of it", async (t) => {
	const demo = await startDemo(t);
	await assertEnds(demo, () => {
		process.kill(demo.pid, "SIGTERM");
		return demo.exit();
	});
});

test("ports in use are left alone", async (t) => {
	const taken = [];
	for (let count = 0; count < 3; count++) taken.push(await startBackend(t));
	const [galaxy = 0, proxy, tools] = taken.map(({ port }) => port);
	const demo = await startDemo(t, galaxy, proxy, tools);
	assert.equal((await fetch(demo.page)).status, 200);
	assert.equal((await fetch(demo.proxy)).status, 403);
	assert.equal((await fetch(demo.toolsProxy)).status, 404);
	assert.deepEqual(
		taken.map(({ connections }) => connections.length),
		[0, 0, 0],
	);
});

async function assertEnds(
	demo: Demo,
	end: () => Promise<number | null>,
): Promise<void> {
	assert.equal(readdirSync(demo.folder).length, 1);
	assert.equal(await end(), 0);
	assert.throws(() => process.kill(-demo.pid, 0), { code: "ESRCH" });
	assert.deepEqual(readdirSync(demo.folder), []);
	await assert.rejects(fetch(demo.page));
	await assert.rejects(fetch(demo.proxy));
	await assert.rejects(fetch(demo.toolsProxy));
}
