import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/folders.js";

const MOST_LINES = 120;
/** Paths of the repository, in code marks or not; dist/ is built, and lib/galaxy is in Galaxy's tree. */
const PATH =
	/(?<![\w./$-])(?:src|lib(?!\/galaxy\/)|bin|test|docs|bench|demo|scripts|assets)\/[\w./-]*/g;

const read = (file: string) => readFileSync(join(repository, file), "utf8");
/** All but the CHANGELOG, which is history. */
const documents = ["", "docs"]
	.flatMap((folder) =>
		readdirSync(join(repository, folder)).map((name) => join(folder, name)),
	)
	.filter((name) => name.endsWith(".md") && name !== "CHANGELOG.md");

for (const document of documents)
	test(`${document} names no file that does not exist`, () => {
		const paths = (read(document).match(PATH) ?? []).map((path) =>
			path.replace(/[./]+$/, ""),
		);
		const missing = paths.filter((path) => !existsSync(join(repository, path)));
		assert.deepEqual(missing, []);
	});

test("docs/architecture.md is a short map with many files", () => {
	const text = read("docs/architecture.md");
	const paths = text.match(PATH) ?? [];
	assert.ok(paths.length > 30, `only ${paths.length} paths were found`);
	assert.ok(text.trimEnd().split("\n").length <= MOST_LINES);
});
