import assert from "node:assert/strict";
import { test } from "node:test";
import { runCli } from "./run-cli.js";

const cases: [name: string, args: string[], says: RegExp][] = [
	["an unknown flag names the nearest right one", ["--prot", "1"], /--port/],
	["so does one in camelCase", ["--proxyPrefix", "/a"], /--proxy-prefix/],
	["so does one with a value", ["--sesions=a"], /--sessions/],
	["a flag like no other points at the help", ["--wat"], /--wat.*--help/s],
	["a flag without its value is named", ["--port"], /--port <n>.*missing/],
	["more arguments are refused", ["--sessions", "a", "b"], /too many/],
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
