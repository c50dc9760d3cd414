import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, rmSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { found, type OpenedMap, openMap } from "../session-map/opened-map.js";
import { startGalaxyMap } from "../support/session-map.js";
import { GUARD_MS } from "../support/wait.js";

const COPIES = 200;
/** Copies each file that a line on its input names over the map, and reports it. */
const COPIER = `require("readline").createInterface({ input: process.stdin }).on("line", (from) => {
	require("fs").copyFileSync(from, process.argv[1]);
	process.stdout.write("done\\n");
});`;

function startCopier(t: TestContext, path: string) {
	const child = spawn(process.execPath, ["-e", COPIER, path]);
	t.after(async () => {
		child.stdin.end();
		await once(child, "exit");
	});
	return async (from: string) => {
		child.stdin.write(`${from}\n`);
		await once(child.stdout, "data");
	};
}

/** Two maps of the same size and change counter, with the session at port 81 and at port 82. */
async function writeTwo(t: TestContext, path: string): Promise<string[]> {
	const paths: string[] = [];
	for (const port of [81, 82]) {
		const galaxy = startGalaxyMap(t, `${path}-${port}.sqlite`);
		await galaxy.put("session", "10.0.0.1", port);
		paths.push(galaxy.path);
	}
	return paths;
}

/** The session's address, which is awaited until it is this one. */
async function awaited(opened: OpenedMap, wanted: string): Promise<string> {
	const until = performance.now() + GUARD_MS;
	for (;;) {
		const address = await found(opened, "session");
		if (address === wanted || performance.now() > until) return address;
		await turn();
	}
}

test("a map that is read while another is copied over it is not mistaken for the old one afterwards", async (t) => {
	const opened = await openMap(t);
	const { path } = opened.galaxy;
	const [first, second] = await writeTwo(t, path);
	assert.ok(first && second);
	const copy = startCopier(t, path);
	copyFileSync(first, path);
	t.after(() => rmSync(path, { force: true }));
	let ended = false;
	t.after(() => {
		ended = true;
	});
	const asking = (async () => {
		for (; !ended; await turn()) await found(opened, "session");
	})();
	for (let round = 0; round < COPIES; round++) {
		const isOdd = round % 2 === 1;
		await copy(isOdd ? first : second);
		const wanted = isOdd ? "10.0.0.1:81" : "10.0.0.1:82";
		const address = await awaited(opened, wanted);
		const where = `copy ${round}, ${JSON.stringify(opened.map.state())}`;
		assert.equal(address, wanted, where);
	}
	ended = true;
	await asking;
});
