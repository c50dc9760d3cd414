import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/folders.js";

test("docs/README.md links every page of docs/, once", () => {
	const folder = join(repository, "docs");
	const text = readFileSync(join(folder, "README.md"), "utf8");
	const linked = [...text.matchAll(/\]\(([\w-]+\.md)\)/g)].map(
		([, page]) => page,
	);
	const pages = readdirSync(folder).filter(
		(name) => name.endsWith(".md") && name !== "README.md",
	);
	assert.deepEqual(linked.sort(), pages.sort());
});
