import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { configure } from "../../src/config/config.js";
import { scratchFolder } from "../support/galaxy-map.js";
import { runCli } from "./run-cli.js";

const { stdout: script } = await runCli(["completion", "bash"]);
const { stdout: help } = await runCli(["--help"]);
const skip = spawnSync("bash", ["--version"]).error && "bash is not there";

/** What bash offers for the last of these words, as its readline breaks them. */
function offered(...words: string[]): string[] {
	// compopt works only while bash itself completes.
	const program = `${script}
compopt() { :; }
COMP_WORDS=(galaxy-proxy "$@"); COMP_CWORD=$#
_galaxy_proxy
printf '%s\\n' "\${COMPREPLY[@]}"`;
	const args = ["--norc", "-c", program, "bash", ...words];
	const { stdout, stderr } = spawnSync("bash", args, { encoding: "utf8" });
	assert.equal(stderr, "");
	return stdout.split("\n").filter((word) => word !== "");
}

test("every flag of --help is offered, before a command and behind it", {
	skip,
}, () => {
	const [options = ""] = help.split("\nCommands:\n");
	const flags = [...options.matchAll(/(?<=^ {2}(?:-\w, )?)--[\w-]+/gm)];
	const names = flags.map(([flag]) => flag).sort();
	assert.ok(names.length > 20);
	assert.deepEqual(offered("--").sort(), names);
	assert.deepEqual(offered("man", "--").sort(), names);
});

test("commands and their arguments are offered", { skip }, () => {
	assert.deepEqual(offered("comp"), ["completion"]);
	assert.deepEqual(offered("completion", ""), ["bash"]);
	assert.deepEqual(offered("--verbose", "--port", "80", "comp"), [
		"completion",
	]);
});

const WORDS: Record<string, string[]> = {
	"--trust-proxy": ["loopback", "none"],
	"--cors": ["same-host", "any", "none"],
	"--keep-alive": ["auto", "always", "never"],
	"--allow-target": ["any"],
	"--same-address": ["newest", "any"],
	"--log-level": ["debug", "info", "warn", "error"],
};

for (const [flag, words] of Object.entries(WORDS))
	test(`the words of ${flag} are offered, and taken`, { skip }, () => {
		assert.deepEqual(offered(flag, ""), words);
		assert.deepEqual(offered(flag, "="), words);
		assert.deepEqual(offered(flag, "=", words[0] as string), [words[0]]);
		const name = flag.slice(2).replace(/-./g, (s) => s.slice(1).toUpperCase());
		for (const word of words)
			configure({ sessions: "m", [name]: word }, { env: {}, cwd: "/" });
	});

test("for a file files are offered, those with a space in their name too", {
	skip,
}, (t) => {
	const folder = scratchFolder(t);
	writeFileSync(join(folder, "a map.sqlite"), "");
	mkdirSync(join(folder, "another"));
	assert.deepEqual(offered("--sessions", join(folder, "a")).sort(), [
		join(folder, "a map.sqlite"),
		join(folder, "another"),
	]);
});

test("for a number nothing is offered", { skip }, () => {
	assert.deepEqual(offered("--port", ""), []);
});
