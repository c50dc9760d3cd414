import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/folders.js";

test("docs/troubleshoot.md lists every check of doctor, and no other", () => {
	const text = readFileSync(join(repository, "docs/troubleshoot.md"), "utf8");
	const [, chapter = ""] = text.split("\n| name | check |\n");
	const [table = ""] = chapter.split("\n\n");
	const listed = [...table.matchAll(/^\| (`.+?`) \|/gm)]
		.flatMap(([, names = ""]) => names.split(", "))
		.map((name) => name.slice(1, -1));
	const folder = join(repository, "src/commands/doctor");
	const source = readdirSync(folder)
		.map((name) => readFileSync(join(folder, name), "utf8"))
		.join("\n");
	const checks = source.matchAll(/\bname: "([a-z ]+)"/g);
	const names = new Set([...checks].map(([, name]) => name));
	assert.deepEqual(listed.sort(), [...names].sort());
});
