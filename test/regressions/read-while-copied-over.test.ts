import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, rmSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { found, type OpenedMap, openMap } from "../session-map/opened-map.js";
import { startGalaxyMap } from "../support/galaxy-map.js";
import { GUARD_MS } from "../support/wait.js";

const COPIES = 200;
/** Copies the file of each line that it is sent over the map, and says so. */
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

/** Two maps of one size and change counter: session at port 81, session at port 82. */
async function writeTwo(t: TestContext, path: string): Promise<string[]> {
	const files = [81, 82].map((port) => ({
		port,
		path: `${path}-${port}.sqlite`,
	}));
	for (const file of files) {
		const galaxy = startGalaxyMap(t, file.path);
		await galaxy.put("session", "10.0.0.1", file.port);
	}
	return files.map((file) => file.path);
}

async function answersBecome(
	opened: OpenedMap,
	wanted: string,
): Promise<string> {
	const until = performance.now() + GUARD_MS;
	let answer = await found(opened, "session");
	while (answer !== wanted && performance.now() < until) {
		await turn();
		answer = await found(opened, "session");
	}
	return answer;
}

test("a map that is read while another is copied over it is not taken for the old one after that", async (t) => {
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
		assert.equal(
			await answersBecome(opened, wanted),
			wanted,
			`copy ${round}, ${JSON.stringify(opened.map.state())}`,
		);
	}
	ended = true;
	await asking;
});
