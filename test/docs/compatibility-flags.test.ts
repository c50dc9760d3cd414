import assert from "node:assert/strict";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { read } from "../support/folders.js";

const text = read("docs/compatibility.md");
const help = (await runCli(["--help"])).stdout;

test("docs/compatibility.md has a row for each flag of --help, spelled the same, and no other", () => {
	assert.deepEqual([...documented().keys()], [...shown().keys()]);
});

test("docs/compatibility.md gives each flag's default as --help does", () => {
	const rows = documented();
	for (const [flag, fallback] of shown())
		if (fallback !== undefined) assert.equal(rows.get(flag), fallback, flag);
});

test("docs/compatibility.md mentions only flags that --help shows", () => {
	const known = new Set(help.match(/--[\w-]+/g));
	const named = text.match(/(?<=[`\s])--[a-zA-Z][\w-]*/g) ?? [];
	assert.ok(named.length > 20, `only ${named.length} flags were found`);
	assert.deepEqual(
		named.filter((flag) => !known.has(flag)),
		[],
	);
});

test("each row of docs/compatibility.md says same, or different and why", () => {
	const verdicts = rowsOf(text).map((cells) => cells.at(-1) ?? "");
	assert.ok(verdicts.length > 100, `only ${verdicts.length} rows were found`);
	assert.deepEqual(
		verdicts.filter((cell) => !/^(same$|same: \S|different: \S)/.test(cell)),
		[],
	);
});

/** Default by flag, from the chapter's first table. */
function documented(): Map<string, string | undefined> {
	const chapter = text.split("\n## Flags\n")[1]?.split("\n## ")[0] ?? "";
	const flags = rowsOf(chapter).filter(([flag]) => /^`-.*`$/.test(flag ?? ""));
	return new Map(
		flags
			.filter(([flag]) => !flag?.includes("="))
			.map(([flag = "", , fallback]) => [flag.slice(1, -1), fallback]),
	);
}

/** Default by flag, from the help; undefined for a flag without one. */
function shown(): Map<string, string | undefined> {
	const entries = help
		.split("\n\n")
		.filter((part) => /^[A-Z].*:\n/.test(part))
		.flatMap((part) => part.split(/\n {2}(?=-)/).slice(1));
	return new Map(
		entries.map((entry) => {
			const [flag = "", ...words] = entry.trim().split(/\s{2,}/);
			const fallback = /\(default: (.*)\)/.exec(words.join(" "))?.[1];
			return [flag, fallback];
		}),
	);
}

function rowsOf(part: string): string[][] {
	return part
		.split("\n")
		.filter((line, at, lines) => line.startsWith("|") && !isHead(lines, at))
		.map((line) => line.slice(1, -1).split("|"))
		.map((cells) => cells.map((cell) => cell.trim()));
}

/** A table's first line, or the rule below it. */
function isHead(lines: string[], at: number): boolean {
	const isRule = (line = "") => /^\|[ :|-]+$/.test(line);
	return isRule(lines[at]) || isRule(lines[at + 1]);
}
