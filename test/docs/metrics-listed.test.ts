import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/folders.js";

test("docs/monitor.md lists every metric, and no other", () => {
	const text = readFileSync(join(repository, "docs/monitor.md"), "utf8");
	const [, chapter = ""] = text.split("\n| metric | meaning |\n");
	const [table = ""] = chapter.split("\n\n");
	const listed = [...table.matchAll(/^\| (`.+?) \|/gm)].flatMap(
		([, names = ""]) => [...names.matchAll(/`([a-z_]+)/g)],
	);
	const source = readFileSync(join(repository, "src/admin/metrics.ts"), "utf8");
	const metrics = [...source.matchAll(/\bgalaxy_proxy_([a-z_]+)/g)];
	const namesOf = (found: RegExpExecArray[]) =>
		[...new Set(found.map(([, name]) => name))].sort();
	assert.deepEqual(namesOf(listed), namesOf(metrics));
});
