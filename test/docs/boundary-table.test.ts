import assert from "node:assert/strict";
import { test } from "node:test";
import {
	FRONT_COMMANDS,
	ORIGIN_POLICIES,
	WITHHELD_COOKIES,
	WITHHELD_FIELDS,
	WORKER_SCOPE,
} from "../../src/routing/boundary.js";
import { read } from "../support/folders.js";

const text = read("docs/security.md");
const namesOf = (rules: readonly { name: string }[]) =>
	rules.map(({ name }) => name);

for (const [heading, names] of [
	[
		"### Withheld from containers",
		[
			...namesOf(WITHHELD_FIELDS),
			...namesOf(WITHHELD_COOKIES).map((name) => `cookie ${name}`),
		],
	],
	[
		"### Dropped from containers' answers",
		[...namesOf(ORIGIN_POLICIES), WORKER_SCOPE],
	],
	["## Containers and the proxies in front of them", namesOf(FRONT_COMMANDS)],
] as const)
	test(`docs/security.md has one row for each name below "${heading}", and no other`, () => {
		const chapter = text.split(`\n${heading}\n`)[1]?.split(/\n##/)[0] ?? "";
		const rows = [...chapter.matchAll(/^\| (cookie )?`(.+?)` \|/gm)];
		const shown = rows.map(([, cookie, name = ""]) =>
			cookie === undefined ? name.toLowerCase() : `cookie ${name}`,
		);
		assert.deepEqual(shown, names);
	});

test("docs/security.md says which policies pass from tools by domain", () => {
	for (const { name, subdomains } of ORIGIN_POLICIES) {
		const row = new RegExp(`^\\| \`${name}\` \\|.* \\| (.+) \\|$`, "im");
		const shown = row.exec(text)?.[1];
		assert.equal(
			shown,
			subdomains === undefined ? "passes" : `dropped with \`${subdomains}\``,
		);
	}
});

test("every rule has a reason, and names its sender or its receiver", () => {
	const rules = [
		...WITHHELD_FIELDS,
		...WITHHELD_COOKIES,
		...FRONT_COMMANDS,
		...ORIGIN_POLICIES,
	];
	for (const { name, reason, source } of rules)
		assert.ok(reason !== "" && source !== "", name);
});
