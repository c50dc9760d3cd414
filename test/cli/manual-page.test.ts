import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { read, repository } from "../support/folders.js";
import { runCli } from "./run-cli.js";

const { man } = JSON.parse(read("package.json"));
const page = read(man[0]);
const { stdout: help } = await runCli(["--help"]);
/** As a reader sees the words: escapes and fonts taken off. */
const words = page.replace(/\\f[BIR]/g, "").replace(/\\-/g, "-");

test("the manual page has every flag and every command of --help", () => {
	const flags = [...help.matchAll(/^ {2}(-\S.*?)(?: {2}|$)/gm)];
	assert.ok(flags.length > 20);
	for (const [, flag] of flags)
		assert.ok(words.includes(`.TP\n${flag}\n`), flag);
	const [, commands = ""] = help.split("\nCommands:\n");
	for (const [, name] of commands.matchAll(/^ {2}([a-z]\S*)/gm))
		assert.ok(words.includes(`.SS ${name}`), name);
});

test("it has the notes below the flags: signals and exit codes", () => {
	assert.match(words, /\n\.SH SIGNALS\nSIGTERM/);
	assert.match(words, /\n\.SH EXIT CODES\n0 success/);
});

test("its version and date are those of the package and of its changelog", () => {
	const { version } = JSON.parse(read("package.json"));
	const date = new RegExp(`^## \\[${version}\\] - (\\S+)$`, "m");
	const [, released] = date.exec(read("CHANGELOG.md")) ?? [];
	const title = `.TH GALAXY-PROXY 1 "${released}" "galaxy-proxy ${version}"\n`;
	assert.equal(page.slice(0, title.length), title);
});

test("it is text that formatters accept", () => {
	const [, ...lines] = page.trimEnd().split("\n");
	const requests = /^\.(TH|nh|SH|SS|TP|PP|B|br|nf|fi)\b/;
	for (const line of lines) {
		assert.match(line, /^[\x20-\x7e]+$/);
		if (/^[.']/.test(line)) assert.match(line, requests);
		assert.doesNotMatch(line, /(?<!\\)-(?!\d\d)/, "a hyphen that is none");
	}
});

test("building it twice gives the same page", () => {
	execFileSync(process.execPath, ["scripts/man-page.mjs"], { cwd: repository });
	assert.equal(read(man[0]), page);
});
