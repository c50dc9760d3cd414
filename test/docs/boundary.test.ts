import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as boundary from "../../src/routing/boundary.js";
import { repository } from "../support/daemon.js";

const text = readFileSync(join(repository, "docs/security.md"), "utf8");
/** What stands in code marks in the rows of its tables, in lower case. */
const named = new Set(
	text
		.split("\n")
		.filter((line) => line.startsWith("|"))
		.flatMap((line) => line.match(/`[^`]+`/g) ?? [])
		.map((mark) => mark.slice(1, -1).toLowerCase()),
);

const RULES = [
	...boundary.WITHHELD_FIELDS,
	...boundary.WITHHELD_COOKIES,
	...boundary.FRONT_COMMANDS,
	...boundary.ORIGIN_POLICIES,
];

test("docs/security.md has in its tables every name that is withheld from containers or dropped from their answers", () => {
	const names = [...RULES.map(({ name }) => name), boundary.WORKER_SCOPE];
	const missing = names.filter((name) => !named.has(name.toLowerCase()));
	assert.deepEqual(missing, []);
});

test("every rule says what its receiver could do, and who sends or obeys it", () => {
	for (const { name, reason, source } of RULES)
		assert.ok(reason !== "" && source !== "", name);
});
