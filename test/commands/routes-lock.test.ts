import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { NotWritten, underFileLock } from "../../src/session-map/map-edit.js";
import { repository, scratchFolder } from "../support/folders.js";
import { startGalaxyMap } from "../support/session-map.js";
import { Changes, within } from "../support/wait.js";
import { listed } from "./routes.js";

/** A running `routes add` and its messages. */
class Adding {
	stderr = "";
	readonly #told = new Changes();
	readonly #child: ChildProcess;
	readonly #ended: Promise<unknown[]>;

	constructor(t: TestContext, map: string) {
		const script = join(repository, "lib", "main.js");
		const words = ["routes", "add", "-", "10.0.0.2:82", "--sessions", map];
		const child = spawn(process.execPath, [script, ...words]);
		t.after(() => child.kill("SIGKILL"));
		child.stdin.end("abc");
		child.stderr.on("data", (text) => {
			this.stderr += text;
			this.#told.notify();
		});
		this.#ended = once(child, "close");
		this.#child = child;
	}

	said(words: RegExp): Promise<true> {
		return this.#told.wait(
			String(words),
			() => words.test(this.stderr) || undefined,
			() => this.stderr,
		);
	}

	kill(signal: NodeJS.Signals): void {
		this.#child.kill(signal);
	}

	async code(): Promise<unknown> {
		return (await within("an end", this.#ended, () => this.stderr))[0];
	}
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
	test(`${signal} while SQLite's lock is waited for removes Galaxy's lock and changes nothing`, async (t) => {
		const map = join(scratchFolder(t), "map.sqlite");
		const galaxy = startGalaxyMap(t, map);
		await galaxy.put("abc", "10.0.0.1", 81);
		await galaxy.lock();
		const adding = new Adding(t, map);
		await adding.said(
			/waiting for another program that has locked .*map\.sqlite\n/,
		);
		assert.ok(existsSync(`${map}.lock`));
		adding.kill(signal);
		assert.equal(await adding.code(), 1);
		assert.match(adding.stderr, new RegExp(`ended by ${signal}: nothing was`));
		assert.ok(!existsSync(`${map}.lock`));
		await galaxy.unlock();
		const found = await listed(map, ["abc"]);
		assert.deepEqual(found.abc, { state: "ready", target: "10.0.0.1:81" });
	});

test("SQLite's lock is waited for", async (t) => {
	const map = join(scratchFolder(t), "map.sqlite");
	const galaxy = startGalaxyMap(t, map);
	await galaxy.put("abc", "10.0.0.1", 81);
	await galaxy.lock();
	const adding = new Adding(t, map);
	await adding.said(
		/waiting for another program that has locked .*map\.sqlite\n/,
	);
	await galaxy.unlock();
	assert.equal(await adding.code(), 0);
	const found = await listed(map, ["abc"]);
	assert.deepEqual(found.abc, { state: "ready", target: "10.0.0.2:82" });
});

test("another program's lock file is waited for, and nothing is written until then", async (t) => {
	const map = join(scratchFolder(t), "map.json");
	writeFileSync(map, "{}");
	writeFileSync(`${map}.lock`, "");
	const adding = new Adding(t, map);
	await adding.said(
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
	const adding = new Adding(t, map);
	await adding.said(/waiting for/);
	adding.kill("SIGTERM");
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
