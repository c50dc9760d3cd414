import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/folders.js";

const text = readFileSync(join(repository, "docs/architecture.md"), "utf8");
const glossary = text.split("\n## Glossary\n")[1]?.split("\n## ")[0] ?? "";
const rows = [...glossary.matchAll(/^\| (.+?) \| (.+) \|$/gm)]
	.slice(2)
	.map(([, word = "", meaning = ""]) => ({ word, meaning }));

test("each word of the glossary has one line with a meaning, in alphabetical order", () => {
	const words = rows.map(({ word }) => word);
	assert.ok(words.length > 20, `only ${words.length} words were found`);
	assert.deepEqual(words, [...new Set(words)].sort());
	for (const { word, meaning } of rows) assert.notEqual(meaning, "", word);
});

test("the source uses each word of the glossary", () => {
	const folder = join(repository, "src");
	const source = readdirSync(folder, { recursive: true, encoding: "utf8" })
		.filter((name) => name.endsWith(".ts"))
		.map((name) => readFileSync(join(folder, name), "utf8"))
		.join("\n")
		.toLowerCase();
	const unused = rows.filter(({ word }) => !source.includes(word));
	assert.deepEqual(unused, []);
});
