import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "../support/folders.js";

test("docs/monitor.md lists every metric, and no other", () => {
	const text = read("docs/monitor.md");
	const [, chapter = ""] = text.split("\n| metric | meaning |\n");
	const [table = ""] = chapter.split("\n\n");
	const listed = [...table.matchAll(/^\| (`.+?) \|/gm)].flatMap(
		([, names = ""]) => [...names.matchAll(/`([a-z_]+)/g)],
	);
	const source = read("src/admin/metrics.ts");
	const metrics = [...source.matchAll(/\bgalaxy_proxy_([a-z_]+)/g)];
	const namesOf = (found: RegExpExecArray[]) =>
		[...new Set(found.map(([, name]) => name))].sort();
	assert.deepEqual(namesOf(listed), namesOf(metrics));
});
