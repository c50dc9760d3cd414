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
import { UNKNOWN } from "../../src/route.js";
import { JsonFile, routesOfJson } from "../../src/session-map/json-file.js";
import { scratchFolder } from "../support/folders.js";
import { found, openMap, shown, stopClock } from "./opened-map.js";

function routeIn(text: string, key: string): string {
	return shown(routesOfJson(text).get(key) ?? UNKNOWN);
}

test("both eras in one document: each entry is recognized by its type, the later era wins", () => {
	const text = JSON.stringify({
		both: { host: "10.0.0.2", port: "82" },
		"10.0.0.1:81": "both",
		"[::1]:83": "old",
		"two words:84": "bad",
		list: ["10.0.0.1", 80],
		number: 80,
		nothing: null,
		bare: {},
	});
	assert.equal(routeIn(text, "both"), "10.0.0.2:82");
	assert.equal(routeIn(text, "old"), "::1:83");
	assert.equal(routeIn(text, "bad"), "not-ready");
	assert.equal(routeIn(text, "list"), "not-ready");
	assert.equal(routeIn(text, "bare"), "not-ready");
	for (const key of ["number", "nothing", "10.0.0.1:81"])
		assert.equal(routeIn(text, key), "unknown", key);
});

test("if a key occurs twice the last entry counts", () => {
	const text = '{"k":{"host":"a","port":1},"k":{"host":"b","port":2}}';
	assert.equal(routeIn(text, "k"), "b:2");
});

test("a session named __proto__ is a session like any other", () => {
	const text = '{"__proto__":{"host":"a","port":1}}';
	assert.equal(routeIn(text, "__proto__"), "a:1");
	assert.equal(routeIn(text, "host"), "unknown");
});

test("deep nesting is not a fault", () => {
	const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
	assert.equal(routeIn(`{"x":${deep},"k":{"host":"a","port":1}}`, "k"), "a:1");
});

for (const text of ["", "{", "null", "[]", '"x"', "1", '{"a":{"host":"b"'])
	test(`"${text}" is not a map`, () => {
		assert.throws(() => routesOfJson(text), SyntaxError);
	});

function document(port: number): string {
	return JSON.stringify({ session: { host: "10.0.0.1", port } });
}

test("a find in a truncated or half-written file waits for the rest", async (t) => {
	const opened = await openMap(t, { file: "map.json" });
	const { path } = opened.galaxy;
	await opened.galaxy.put("session", "10.0.0.1", 80);
	assert.equal(await found(opened, "session"), "10.0.0.1:80");
	const [half, rest] = [document(81).slice(0, 20), document(81).slice(20)];
	stopClock(t);
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

test("content written within the last tick is not kept for good", async (t) => {
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

test("a map with a time in the future is read once, not forever", async (t) => {
	const opened = await openMap(t, { file: "map.json" });
	const { path } = opened.galaxy;
	writeFileSync(path, document(1000));
	const tomorrow = Date.now() / 1000 + 86_400;
	utimesSync(path, tomorrow, tomorrow);
	assert.equal(await found(opened, "session"), "10.0.0.1:1000");
	assert.ok(!(opened.map.find("session") instanceof Promise));
});
