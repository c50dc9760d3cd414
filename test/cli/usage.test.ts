import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "../support/folders.js";
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
const designFlags = `
	--config --reverseProxy --proxy-prefix --forward-session-cookie --no-x-forward --trust-proxy --cors
	--keep-alive --allow-target --same-address --withhold --withhold-basic --forward-field --keep-field
	--error-pages --connect-timeout --head-timeout --body-timeout --idle-timeout --response-timeout
	--drain-timeout --max-clients --workers --standby --drain-delay --tunnel-drain --log-level --log-file --admin --admin-token-file
`
	.trim()
	.split(/\s+/);

test("--help goes to standard output with exit code 0, with every flag at the start of a line", async () => {
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
	const readme = read("README.md");
	assert.ok(
		readme.includes(`\`\`\`text\n${stdout.trimEnd()}\n\`\`\``),
		"put the output of `node lib/main.js --help` into README.md",
	);
});

test("-V and --version print package.json's version alone", async () => {
	const { version } = JSON.parse(read("package.json"));
	for (const flag of ["-V", "--version"]) {
		const { code, stdout } = await runCli([flag]);
		assert.deepEqual([code, stdout], [0, `${version}\n`]);
	}
});

const cases: [name: string, args: string[], says: RegExp][] = [
	["an unknown flag names the nearest right one", ["--prot", "1"], /--port/],
	["so does one in camelCase", ["--proxyPrefix", "/a"], /--proxy-prefix/],
	["so does one with a value", ["--sesions=a"], /--sessions/],
	["a flag like no other points at the help", ["--wat"], /--wat.*--help/s],
	["a flag without its value is named", ["--port"], /--port <n>.*missing/],
	["more arguments are refused", ["--sessions", "a", "b"], /too many/],
	[
		"a misspelt command gets the list of commands",
		["frnt", "nginx"],
		/config, front, doctor, routes/,
	],
	[
		"and so does one of routes",
		["routes", "lst", "--sessions", "a"],
		/routes.*add, .*prune, remove/,
	],
	[
		"a missing session map says both ways to set it",
		["--port", "8800"],
		/--sessions is missing.*--sessions database.*GALAXY_PROXY_SESSIONS/,
	],
	[
		"a bad value says flag and what is allowed",
		["--sessions", "a", "--port", "18700x"],
		/--port: "18700x".*0 to 65535/,
	],
];

for (const [name, args, says] of cases)
	test(`${name}, with exit code 2`, async () => {
		const { code, stdout, stderr } = await runCli(args);
		assert.deepEqual([code, stdout], [2, ""]);
		assert.match(stderr, says);
		assert.match(stderr, /^galaxy-proxy: /);
	});

test("a bad value in the environment names its variable, with exit code 2", async () => {
	const env = { GALAXY_PROXY_SESSIONS: "a", GALAXY_PROXY_CORS: "some" };
	const { code, stderr } = await runCli([], { env });
	assert.equal(code, 2);
	assert.match(stderr, /^galaxy-proxy: GALAXY_PROXY_CORS: "some".*same-host/);
});
