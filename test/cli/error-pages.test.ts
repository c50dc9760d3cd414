import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { configure } from "../../src/config/config.js";
import { scratchFolder } from "../support/folders.js";
import { runCli } from "./run-cli.js";

const LARGE = 256 * 1024 + 1;

const broken: [name: string, make: (pages: string) => void, says: RegExp][] = [
	["a folder that is not there", () => {}, /ENOENT/],
	["a file", (pages) => writeFileSync(pages, ""), /ENOTDIR/],
	[
		"a folder without a page",
		(pages) => {
			mkdirSync(pages);
			writeFileSync(join(pages, "startng.html"), "");
		},
		/contains no page/,
	],
	[
		"a page that is too large",
		(pages) => {
			mkdirSync(pages);
			writeFileSync(join(pages, "slow.html"), Buffer.alloc(LARGE));
		},
		/slow\.html has 262145 bytes/,
	],
	[
		"a page that is not UTF-8",
		(pages) => {
			mkdirSync(pages);
			writeFileSync(join(pages, "slow.de.html"), "Grüße", "latin1");
		},
		/slow\.de\.html is not UTF-8/,
	],
	[
		"a pipe in place of a page",
		(pages) => {
			mkdirSync(pages);
			execFileSync("mkfifo", [join(pages, "slow.html")]);
		},
		/slow\.html is not a file/,
	],
];

for (const [name, make, says] of broken)
	test(`--error-pages with ${name} ends with exit code 2, the reason and the allowed values`, async (t) => {
		const pages = join(scratchFolder(t), "pages");
		make(pages);
		const flags = ["--sessions", "map.sqlite", "--error-pages", pages];
		const { code, stdout, stderr } = await runCli(flags);
		assert.deepEqual([code, stdout], [2, ""]);
		assert.match(stderr, says);
		assert.match(stderr, /^galaxy-proxy: --error-pages: .*; give a folder/);
		assert.match(stderr, /starting\.html, not-reachable\.html, no-session\.ht/);
	});

test("a relative folder starts at the working directory", (t) => {
	const cwd = scratchFolder(t);
	writeFileSync(join(cwd, "starting.html"), "ours");
	const env = { GALAXY_PROXY_ERROR_PAGES: "." };
	const config = configure({ sessions: "map" }, { env, cwd });
	assert.equal(config.errorPages, cwd);
});
