import assert from "node:assert/strict";
import { existsSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { NotWritten, underFileLock } from "../../src/session-map/map-edit.js";
import { scratchFolder } from "../support/folders.js";
import { type GalaxyMap, startGalaxyMap } from "../support/session-map.js";
import { listed, RunningRoutes } from "./routes.js";

/** A running `routes add`, whose input is the session's key. */
function startAdding(t: TestContext, map: string | GalaxyMap): RunningRoutes {
	const adding = new RunningRoutes(t, map, ["add", "-", "10.0.0.2:82"]);
	adding.child.stdin.end("abc");
	return adding;
}

/** It waits for SQLite's lock, which a Galaxy with one row holds. */
async function startWaiting(t: TestContext) {
	const galaxy = startGalaxyMap(t);
	await galaxy.put("abc", "10.0.0.1", 81);
	await galaxy.lock();
	const adding = startAdding(t, galaxy);
	await adding.says(
		/waiting for another program that has locked .*map\.sqlite\n/,
	);
	return { galaxy, adding };
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
	test(`${signal} while SQLite's lock is waited for removes Galaxy's lock and changes nothing`, async (t) => {
		const { galaxy, adding } = await startWaiting(t);
		assert.ok(existsSync(`${galaxy.path}.lock`));
		adding.child.kill(signal);
		assert.equal(await adding.code(), 1);
		assert.match(adding.said, new RegExp(`ended by ${signal}: nothing was`));
		assert.ok(!existsSync(`${galaxy.path}.lock`));
		await galaxy.unlock();
		const found = await listed(galaxy, ["abc"]);
		assert.deepEqual(found.abc, { state: "ready", target: "10.0.0.1:81" });
	});

test("SQLite's lock is waited for", async (t) => {
	const { galaxy, adding } = await startWaiting(t);
	await galaxy.unlock();
	assert.equal(await adding.code(), 0);
	const found = await listed(galaxy, ["abc"]);
	assert.deepEqual(found.abc, { state: "ready", target: "10.0.0.2:82" });
});

test("another program's lock file is waited for, and nothing is written until then", async (t) => {
	const map = join(scratchFolder(t), "map.json");
	writeFileSync(map, "{}");
	writeFileSync(`${map}.lock`, "");
	const adding = startAdding(t, map);
	await adding.says(
		/waiting for another program that has locked .*map\.json\.lock/,
	);
	assert.equal(readFileSync(map, "utf8"), "{}");
	unlinkSync(`${map}.lock`);
	assert.equal(await adding.code(), 0);
	assert.ok(!existsSync(`${map}.lock`));
	assert.deepEqual(Object.keys(await listed(map, ["abc"])), ["abc"]);
});

test("a signal while another's lock file is waited for leaves that file alone", async (t) => {
	const map = join(scratchFolder(t), "map.json");
	writeFileSync(`${map}.lock`, "");
	const adding = startAdding(t, map);
	await adding.says(/waiting for/);
	adding.child.kill("SIGTERM");
	assert.equal(await adding.code(), 1);
	assert.ok(existsSync(`${map}.lock`));
	assert.ok(!existsSync(map));
});

test("a lock file that stays is reported with a remedy and left alone", async (t) => {
	const path = join(scratchFolder(t), "map.json");
	writeFileSync(`${path}.lock`, "");
	const edit = { path, signal: new AbortController().signal, onWait() {} };
	const work = () => Promise.reject(new Error("must not work"));
	await assert.rejects(
		underFileLock(edit, work, 100),
		(error) => error instanceof NotWritten && /delete it/.test(error.message),
	);
	assert.ok(existsSync(`${path}.lock`));
});
