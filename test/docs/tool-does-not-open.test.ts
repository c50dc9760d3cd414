import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULTS } from "../../src/faults.js";
import { read, sourcesOf } from "../support/folders.js";

const text = read("docs/tool-does-not-open.md");

/** The rows of the tables below this heading, up to the next one; the first row has the column names. */
function rowsBelow(heading: string): string[][] {
	const [, chapter = ""] = text.split(`\n## ${heading}\n`);
	const [section = ""] = chapter.split(/\n##+ /);
	const rows = [...section.matchAll(/^\| (?!-)(.+) \|$/gm)];
	return rows.slice(1).map(([, row = ""]) => row.split(" | "));
}

test("docs/tool-does-not-open.md has the titles of all pages of tools, and their faults", () => {
	const { tools } = JSON.parse(read("assets/pages/en.json")) as {
		tools: Record<string, { title: string }>;
	};
	const rows = rowsBelow("Pages of the proxy");
	const first = "This interactive tool is not yours, ";
	const listed = rows.flatMap(([titles = ""]) =>
		titles.startsWith(first) ? titles.split(", ") : [titles],
	);
	const titles = Object.values(tools).map(({ title }) => title);
	assert.deepEqual(listed.sort(), titles.sort());
	const codes = rows.flatMap(([, names = ""]) => names.split(", "));
	const unknown = codes.filter((code) => !(code.slice(1, -1) in FAULTS));
	assert.deepEqual(unknown, []);
	const seen = rowsBelow("What users see, and when").map(([, title]) => title);
	assert.ok(
		seen.length > 4 && seen.every((title) => titles.includes(title ?? "")),
	);
});

test("it names no line of doctor that doctor has not", () => {
	const source = sourcesOf("src/commands/doctor");
	const checks = new Set(
		[...source.matchAll(/\bname: "([a-z ]+)"/g)].map(([, name]) => name),
	);
	const words = [
		...text.matchAll(/`((?:front|gravity|job|map|other|tools?) [a-z]+)`/g),
	];
	const named = words
		.map(([, name = ""]) => name)
		.filter((name) => name !== "front nginx");
	assert.ok(named.length > 10, `only ${named.length} were found`);
	assert.deepEqual(
		named.filter((name) => !checks.has(name)),
		[],
	);
});
