import assert from "node:assert/strict";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { read } from "../support/folders.js";

test("docs/settings.md has each flag of --help in one row, and no other", async () => {
	const text = read("docs/settings.md");
	const [, rest = ""] = text.split("\n## Flags and variables\n");
	const [chapter = ""] = rest.split("\n## ");
	const named = [...chapter.matchAll(/^\| (`--.+?`) \|/gm)]
		.flatMap(([row]) => row.match(/--[\w-]+/g) ?? [])
		.sort();
	const { stdout } = await runCli(["--help"]);
	const shown = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)]
		.map(([, flag]) => flag)
		.filter((flag) => flag !== "--help" && flag !== "--version")
		.sort();
	assert.deepEqual(named, shown);
});
