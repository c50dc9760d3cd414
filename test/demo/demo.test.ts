import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { startBackend } from "../support/container.js";
import { repository } from "../support/folders.js";
import { Changes, within } from "../support/wait.js";

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
	const [galaxy, proxy] = [await startBackend(t), await startBackend(t)];
	const demo = await startDemo(t, galaxy.port, proxy.port);
	assert.equal((await fetch(demo.page)).status, 200);
	assert.equal((await fetch(demo.proxy)).status, 403);
	assert.deepEqual([galaxy.connections, proxy.connections], [[], []]);
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
}

interface Demo {
	/** Of the process group too, as a shell gives one to each command. */
	pid: number;
	/** The page that stands in for Galaxy. */
	page: string;
	/** The proxy's address. */
	proxy: string;
	/** The folder in which the demo creates its temporary folder. */
	folder: string;
	find(pattern: RegExp): RegExpExecArray;
	/** Sends SIGINT to the process group, as Ctrl-C does. Resolves with the exit code. */
	interrupt(): Promise<number | null>;
	/** Waits for its end. */
	exit(): Promise<number | null>;
}

/** Starts the demo, by default on free ports. Ended after the test. */
async function startDemo(
	t: TestContext,
	galaxyPort = 0,
	proxyPort = 0,
): Promise<Demo> {
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-test-"));
	const script = join(repository, "demo", "demo.mjs");
	const ports = [`--galaxy-port=${galaxyPort}`, `--proxy-port=${proxyPort}`];
	const child = spawn(process.execPath, [script, ...ports], {
		detached: true,
		env: { ...process.env, TMPDIR: folder },
	});
	const pid = child.pid ?? 0;
	const changes = new Changes();
	let said = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (text: string) => {
			said += text;
			changes.notify();
		});
	}
	const closed = once(child, "close").then(([code]) => code as number | null);
	const exit = (): Promise<number | null> =>
		within("an exit", closed, () => said);
	const interrupt = (): Promise<number | null> => {
		if (child.exitCode === null) process.kill(-pid, "SIGINT");
		return exit();
	};
	t.after(async () => {
		await interrupt();
		rmSync(folder, { recursive: true });
	});
	const ready = () => (said.includes("Ctrl-C ends") ? true : undefined);
	await changes.wait("the addresses", ready, () => said);

	const find = (pattern: RegExp): RegExpExecArray => {
		const found = pattern.exec(said);
		assert.ok(found, said);
		return found;
	};
	const page = find(/Galaxy's page +(\S+)/)[1] ?? "";
	const proxy = find(/galaxy-proxy +(\S+)/)[1] ?? "";
	return { pid, page, proxy, folder, find, interrupt, exit };
}
