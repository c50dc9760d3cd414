import assert from "node:assert/strict";
import { test } from "node:test";
import { read, sourcesOf } from "../support/folders.js";

test("docs/troubleshoot.md lists every check of doctor, and no other", () => {
	const text = read("docs/troubleshoot.md");
	const [, chapter = ""] = text.split("\n| name | check |\n");
	const [table = ""] = chapter.split("\n\n");
	const listed = [...table.matchAll(/^\| (`.+?`) \|/gm)]
		.flatMap(([, names = ""]) => names.split(", "))
		.map((name) => name.slice(1, -1));
	const source = sourcesOf("src/commands/doctor");
	const checks = source.matchAll(/\bname: "([a-z ]+)"/g);
	const names = new Set([...checks].map(([, name]) => name));
	assert.deepEqual(listed.sort(), [...names].sort());
});
