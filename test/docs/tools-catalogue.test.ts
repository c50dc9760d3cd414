import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { read, repository } from "../support/folders.js";

const text = read("docs/interactive-tools.md");
const [, chapter = ""] = text.split("\n## The catalogue\n");
const rows = [
	...chapter.matchAll(/^\| ([^|]+) \| (\d+) \| ([^|]+) \|.*\| (.+) \|$/gm),
];

function sum(of: typeof rows): number {
	return of.reduce((total, [, , number]) => total + Number(number), 0);
}

test("docs/interactive-tools.md counts the 45 tools of its catalogue right", () => {
	for (const [, tools = "", number] of rows)
		assert.equal(tools.split(", ").length, Number(number), tools);
	const byDomain = rows.filter(([, , , address]) => address === "domain");
	const counts = [sum(rows), sum(byDomain), sum(rows) - sum(byDomain)];
	assert.deepEqual(counts, [45, 34, 11]);
	assert.ok(chapter.includes("34 are by domain and 11 by path"));
});

test("each application with which it was tried has its file", () => {
	const tried = rows.flatMap(([, , , , how = ""]) =>
		[...how.matchAll(/`([a-z-]+)`/g)].map(([, name = ""]) => name),
	);
	assert.ok(tried.length > 8, `only ${tried.length} were found`);
	const missing = tried.filter(
		(name) =>
			!existsSync(join(repository, "test/e2e/tools/apps", `${name}.ts`)),
	);
	assert.deepEqual(missing, []);
});
