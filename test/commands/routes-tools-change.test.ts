import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
	askTool,
	startToolContainer,
	startToolMap,
	startToolsDaemon,
} from "../same-address/tools-shared.js";
import { scratchFolder } from "../support/folders.js";
import { routes } from "./routes.js";

const MODE = ["--mode", "gxit"];

for (const file of ["map.sqlite", "map.json"])
	test(`a tool is added to ${file} by its key, with a token that only the path shows, and removed`, async (t) => {
		const { port } = await startToolContainer(t);
		const path = join(scratchFolder(t), file);
		const place = `127.0.0.1:${port}`;
		const prefix = ["--proxyPathPrefix", "/it/ep"];
		const words = ["add", "k1", place, ...MODE, ...prefix];
		const added = await routes(path, words);
		assert.deepEqual([added.code, added.stderr], [0, ""]);
		const found = /^k1 leads to \S+\n\/it\/ep\/k1\/([a-z0-9]+)\/\n$/.exec(
			added.stdout,
		);
		const token = found?.[1] ?? "";
		assert.ok(token.length > 8, added.stdout);
		const daemon = await startToolsDaemon(t, startToolMap(t, path));
		assert.equal((await askTool(t, daemon, "k1", token)).status, 200);
		const removed = await routes(path, ["remove", "k1", ...MODE]);
		assert.deepEqual([removed.code, removed.stdout], [0, "k1 is removed\n"]);
		assert.equal((await askTool(t, daemon, "k1", token)).status, 404);
		const again = await routes(path, ["remove", "k1", ...MODE]);
		assert.equal(again.code, 1);
	});

test("the token may come from standard input, and is never repeated", async (t) => {
	const path = join(scratchFolder(t), "map.json");
	const words = ["add", "-", "127.0.0.1:1", ...MODE];
	const { code, stdout } = await routes(path, words, { input: "k1/secret1\n" });
	assert.deepEqual([code, stdout], [0, "k1 leads to 127.0.0.1:1\n"]);
	assert.equal(JSON.parse(readFileSync(path, "utf8")).k1.token, "secret1");
});

test("a token as an argument is refused without repeating it", async (t) => {
	const path = join(scratchFolder(t), "map.json");
	for (const source of ["k1/secret1", "-"]) {
		const words = ["add", source, "127.0.0.1:1", ...MODE];
		const { code, stdout, stderr } = await routes(path, words, {
			input: "k1/secret1/x\n",
		});
		assert.deepEqual([code, stdout], [2, ""]);
		assert.doesNotMatch(stderr, /secret1/);
		assert.match(stderr, /KEY/);
	}
});
