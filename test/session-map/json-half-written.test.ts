import assert from "node:assert/strict";
import {
	closeSync,
	openSync,
	utimesSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { JsonFile } from "../../src/session-map/json-file.js";
import { scratchFolder } from "../support/folders.js";
import { found, openMap } from "./opened-map.js";

function document(port: number): string {
	return JSON.stringify({ session: { host: "10.0.0.1", port } });
}

test("a find that meets the file truncated or half written waits for the rest", async (t) => {
	const opened = await openMap(t, { file: "map.json" });
	const { path } = opened.galaxy;
	await opened.galaxy.put("session", "10.0.0.1", 80);
	assert.equal(await found(opened, "session"), "10.0.0.1:80");
	const [half, rest] = [document(81).slice(0, 20), document(81).slice(20)];
	const fd = openSync(path, "w");
	t.after(() => closeSync(fd));
	const answers = [found(opened, "session")];
	writeSync(fd, half);
	answers.push(found(opened, "session"), found(opened, "unknown"));
	await new Promise((resolve) => setImmediate(resolve));
	writeSync(fd, rest);
	assert.deepEqual(await Promise.all(answers), [
		"10.0.0.1:81",
		"10.0.0.1:81",
		"unknown",
	]);
	assert.equal(opened.map.state().readable, true);
});

test("the same size rewritten in the same tick is seen", async (t) => {
	const opened = await openMap(t, { file: "map.json" });
	const { path } = opened.galaxy;
	writeFileSync(path, document(1000));
	for (let port = 1001; port < 1100; port++) {
		writeFileSync(path, document(port));
		assert.equal(await found(opened, "session"), `10.0.0.1:${port}`);
	}
});

test("what was written within the last tick is not kept for good", async (t) => {
	const path = join(scratchFolder(t), "map.json");
	const file = new JsonFile(path);
	// Once at least this process is fast enough to meet it that young.
	const kept = Array.from({ length: 50 }, (_, port) => {
		writeFileSync(path, document(port));
		file.refresh();
		return file.stamp;
	});
	assert.ok(kept.includes(undefined));
});

test("a map with a time of the future is read once, not for ever", async (t) => {
	const opened = await openMap(t, { file: "map.json" });
	const { path } = opened.galaxy;
	writeFileSync(path, document(1000));
	const tomorrow = Date.now() / 1000 + 86_400;
	utimesSync(path, tomorrow, tomorrow);
	assert.equal(await found(opened, "session"), "10.0.0.1:1000");
	assert.ok(!(opened.map.find("session") instanceof Promise));
});
