import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { anonymous, ask, connect, request } from "../support/client.js";
import { OK, startAnswering } from "../support/container.js";
import { spawnDaemon, startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";

const skip = process.platform !== "linux" && "the holder is looked up in /proc";

interface Place {
	readonly port: number;
	readonly map: string;
}

/** A daemon with --standby for this place, whose log says nothing yet. */
function standBy(t: TestContext, { port, map }: Place, args: string[] = []) {
	const where = ["--port", String(port), "--standby"];
	const standby = spawnDaemon(t, { map, args: [...where, ...args] });
	standby.port = port;
	return standby;
}

const waits = ({ msg = "" }) => msg.startsWith("standing by");
const listens = ({ msg }: { msg?: string }) => msg === "listening";

test("a standby serves as soon as the daemon before it has ended", {
	skip,
}, async (t) => {
	const abc = await startAnswering(t, () => OK);
	const first = await startDaemon(t, { sessions: { abc } });
	const second = standBy(t, first);
	assert.equal((await second.logged(waits)).holder, first.pid);
	assert.equal((await ask(t, first, request("GET /"))).text, "ok");

	const ended = first.stop("SIGKILL");
	await second.logged(listens);
	assert.equal((await ask(t, second, request("GET /"))).text, "ok");
	await ended;
});

test("of two standbys one takes over, and the other one goes on waiting", {
	skip,
}, async (t) => {
	const first = await startDaemon(t);
	const both = [standBy(t, first), standBy(t, first)];
	await Promise.all(both.map((standby) => standby.logged(waits)));
	await first.stop();
	const won = await Promise.race(
		both.map((standby) => standby.logged(listens).then(() => standby)),
	);
	const other = both.find((standby) => standby !== won);
	assert.equal(other?.lines.some(listens), false);
	await won.stop();
	await other?.logged(listens);
});

for (const signal of ["SIGTERM", "SIGKILL"] as const)
	test(`a standby takes over a unix socket after ${signal}`, {
		skip,
	}, async (t) => {
		const path = join(scratchFolder(t), "proxy.sock");
		const args = ["--ip", `unix:${path}`];
		const first = await startDaemon(t, { args });
		const second = standBy(t, first, args);
		assert.equal((await second.logged(waits)).holder, first.pid);
		const ended = first.stop(signal);
		await second.logged(listens);
		const client = await connect(t, 0, { path });
		client.send(anonymous("GET /"));
		assert.equal((await client.response()).status, 403);
		await ended;
	});

test("its admin listener opens at the takeover", { skip }, async (t) => {
	const admin = join(scratchFolder(t), "admin.sock");
	const args = ["--admin", `unix:${admin}`];
	const first = await startDaemon(t, { args });
	const second = standBy(t, first, args);
	await second.logged(waits);
	await first.stop();
	await second.logged(({ msg }) => msg === "admin listening");
});

test("a standby that is told to end while it waits ends with 0", {
	skip,
}, async (t) => {
	const first = await startDaemon(t);
	const second = standBy(t, first, ["--drain-delay", "3600"]);
	await second.logged(waits);
	assert.equal(await second.stop(), 0);
});

test("a standby reloads while it waits", { skip }, async (t) => {
	const first = await startDaemon(t);
	const second = standBy(t, first);
	await second.logged(waits);
	second.child.kill("SIGHUP");
	await second.logged(({ msg }) => msg === "reloaded");
});

test("it does not stand by for another program or another map", {
	skip,
}, async (t) => {
	const other = await startAnswering(t, () => OK);
	const map = join(scratchFolder(t), "map.sqlite");
	const foreign = standBy(t, { port: other.port, map });
	assert.equal(await foreign.exited(), 1);
	const daemon = await startDaemon(t);
	const elsewhere = standBy(t, { port: daemon.port, map });
	assert.equal(await elsewhere.exited(), 1);
	assert.match(elsewhere.lines.at(-1)?.msg ?? "", /another session map/);
});
