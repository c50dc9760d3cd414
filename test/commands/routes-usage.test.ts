import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { scratchFolder } from "../support/folders.js";

const MAP = "--sessions map.json";
const SECRET = "0123456789abcdef";

const CASES: [name: string, line: string, input: string, says: RegExp][] = [
	["no map", "routes", "", /--sessions is missing/],
	["no such command", `routes ad - a:1 ${MAP}`, SECRET, /too many/],
	["a key as argument", `routes add ${SECRET} a:1 ${MAP}`, "", /give - in its/],
	["a key as argument", `routes remove ${SECRET} ${MAP}`, "", /give - in its/],
	["no place", `routes add - ${MAP}`, SECRET, /missing required.*host:port/],
	["no port", `routes add - host ${MAP}`, SECRET, /is not HOST:PORT/],
	["a bad port", `routes add - host:18700x ${MAP}`, SECRET, /is not HOST:PORT/],
	["the key as place", `routes add - ${SECRET} ${MAP}`, "", /is not HOST:PORT/],
	["an empty input", `routes remove - ${MAP}`, "", /no value of the cookie/],
	["nobody's key", `routes add - a:1 ${MAP}`, "null\n", /no value of the/],
	[
		"a whole Cookie header",
		`routes add - a:1 ${MAP} --cookie gs`,
		`gs=${SECRET}; a=b`,
		/no value of the cookie gs/,
	],
	["a bad flag", `routes ${MAP} --port 99999`, "", /--port: "99999"/],
];

for (const [name, line, input, says] of CASES)
	test(`routes: ${name} is reported with exit code 2, without the key`, async (t) => {
		const cwd = scratchFolder(t);
		const { code, stdout, stderr } = await runCli(line.split(" "), {
			input,
			cwd,
		});
		assert.deepEqual([code, stdout], [2, ""]);
		assert.match(stderr, says);
		assert.match(stderr, /^galaxy-proxy: /);
		assert.doesNotMatch(stderr, new RegExp(SECRET));
	});

test("routes takes the proxy's flags before and after its name, and from the environment", async (t) => {
	const map = join(scratchFolder(t), "map.json");
	const input = "abc";
	const before = ["--sessions", map, "routes", "add", "-", "a:1"];
	assert.equal((await runCli(before, { input })).code, 0);
	const behind = ["routes", "remove", "-", "--sessions", map];
	assert.equal((await runCli(behind, { input })).code, 0);
	const env = { GALAXY_PROXY_SESSIONS: map };
	assert.equal((await runCli(["routes"], { env })).code, 0);
});
