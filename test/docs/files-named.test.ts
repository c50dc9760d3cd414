import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { documents, read, repository } from "../support/folders.js";

const MOST_LINES = 120;
/** Paths of the repository, in code marks or not; dist/ is built, and lib/galaxy is in Galaxy's tree. */
const PATH =
	/(?<![\w./$-])(?:src|lib(?!\/galaxy\/)|bin|test|docs|bench|demo|scripts|assets)\/[\w./-]*/g;

// The CHANGELOG is history.
for (const document of documents.filter((name) => name !== "CHANGELOG.md"))
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
