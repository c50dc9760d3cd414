import assert from "node:assert/strict";
import { test } from "node:test";
import { read, sourcesOf } from "../support/folders.js";

const text = read("docs/architecture.md");
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
	const source = sourcesOf("src").toLowerCase();
	const unused = rows.filter(({ word }) => !source.includes(word));
	assert.deepEqual(unused, []);
});
