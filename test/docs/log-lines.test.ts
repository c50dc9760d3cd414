import assert from "node:assert/strict";
import { test } from "node:test";
import { read, sourcesOf } from "../support/folders.js";

test("the warnings in docs/monitor.md begin as those in the source", () => {
	const text = read("docs/monitor.md");
	const [, chapter = ""] = text.split("These warnings ask you");
	const [table = ""] = chapter.split("\n\n").slice(1);
	const lines = [...table.matchAll(/^\| `(.+?) \.\.\.` \|/gm)].map(
		([, line = ""]) => line,
	);
	assert.ok(lines.length > 3, `only ${lines.length} lines were found`);
	const source = sourcesOf("src");
	const missing = lines.filter((line) => !source.includes(`"${line}`));
	assert.deepEqual(missing, []);
});
