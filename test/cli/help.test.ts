import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/folders.js";
import { runCli } from "./run-cli.js";

const seedFlags = [
	"-h, --help",
	"-V, --version",
	"--ip <n>",
	"--port <n>",
	"--cookie <cookiename>",
	"--sessions <file>",
	"--verbose",
];
const designFlags = [
	"--config",
	"--reverseProxy",
	"--proxy-prefix",
	"--forward-session-cookie",
	"--no-x-forward",
	"--trust-proxy",
	"--cors",
	"--keep-alive",
	"--allow-target",
	"--same-address",
	"--withhold",
	"--withhold-basic",
	"--forward-field",
	"--keep-field",
	"--error-pages",
	"--connect-timeout",
	"--head-timeout",
	"--body-timeout",
	"--idle-timeout",
	"--response-timeout",
	"--drain-timeout",
	"--max-clients",
	"--log-level",
	"--log-file",
	"--admin",
	"--admin-token-file",
];

test("--help goes to standard output with exit code 0 and names every flag at a line's head", async () => {
	const { code, stdout, stderr } = await runCli(["--help"]);
	assert.deepEqual([code, stderr], [0, ""]);
	const heads = stdout.split("\n").map((line) => line.trimStart());
	for (const flag of [...seedFlags, ...designFlags])
		assert.ok(
			heads.some((head) => head.startsWith(`${flag} `)),
			`${flag} is missing`,
		);
	assert.doesNotMatch(stdout, /--reverse-proxy/);
});

test("-h is --help, and a terminal's width does not change it", async () => {
	const { stdout } = await runCli(["--help"]);
	const narrow = await runCli(["-h"], { env: { COLUMNS: "40" } });
	assert.equal(narrow.stdout, stdout);
});

test("the README has the help word for word", async () => {
	const { stdout } = await runCli(["--help"]);
	const readme = readFileSync(join(repository, "README.md"), "utf8");
	assert.ok(
		readme.includes(`\`\`\`text\n${stdout.trimEnd()}\n\`\`\``),
		"put the output of `node lib/main.js --help` into README.md",
	);
});
