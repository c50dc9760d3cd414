import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/daemon.js";

const MOST_LINES = 120;
/** Anything that reads as a path of the repository, in code marks or not; dist/ is built. */
const PATH = /\b(?:src|lib|bin|test|docs|bench|demo)\/[\w./-]*/g;

const text = readFileSync(join(repository, "docs/architecture.md"), "utf8");

test("docs/architecture.md names no file that does not exist", () => {
	const paths = (text.match(PATH) ?? []).map((path) =>
		path.replace(/[./]+$/, ""),
	);
	assert.ok(paths.length > 30, `only ${paths.length} paths were found`);
	const missing = paths.filter((path) => !existsSync(join(repository, path)));
	assert.deepEqual(missing, []);
});

test("docs/architecture.md is a map, not a book", () => {
	assert.ok(text.trimEnd().split("\n").length <= MOST_LINES);
});
