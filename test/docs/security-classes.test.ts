import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { read, repository } from "../support/folders.js";

const text = read("docs/security.md");
const folder = join(repository, "test/security");
const files = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));

test("docs/security.md has one row for each file of test/security, and no other", () => {
	const rows = [...text.matchAll(/\| ([\w-]+\.test\.ts) \|$/gm)];
	const named = rows.map(([, file]) => file);
	assert.deepEqual(named.sort(), files.sort());
});

test("each advisory in a test of test/security is in that test's row of docs/security.md, and no other is", () => {
	const id = /CVE-\d{4}-\d+|GHSA(?:-\w{4}){3}|[\w-]+\/[\w-]+#\d+/g;
	for (const file of files) {
		const source = readFileSync(join(folder, file), "utf8");
		const row = text.split("\n").find((line) => line.endsWith(`${file} |`));
		const known = new Set(row?.match(id));
		for (const each of source.match(id) ?? [])
			assert.ok(known.has(each), `${each} of ${file}`);
		for (const each of known)
			assert.ok(source.includes(each), `${each} in the row of ${file}`);
	}
});
