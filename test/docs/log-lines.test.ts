import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/folders.js";

test("the warnings in docs/monitor.md begin as those in the source", () => {
	const text = readFileSync(join(repository, "docs/monitor.md"), "utf8");
	const [, chapter = ""] = text.split("These warnings ask you");
	const [table = ""] = chapter.split("\n\n").slice(1);
	const lines = [...table.matchAll(/^\| `(.+?) \.\.\.` \|/gm)].map(
		([, line = ""]) => line,
	);
	assert.ok(lines.length > 3, `only ${lines.length} lines were found`);
	const folder = join(repository, "src");
	const source = readdirSync(folder, { recursive: true, encoding: "utf8" })
		.filter((name) => name.endsWith(".ts"))
		.map((name) => readFileSync(join(folder, name), "utf8"))
		.join("\n");
	const missing = lines.filter((line) => !source.includes(`"${line}`));
	assert.deepEqual(missing, []);
});
