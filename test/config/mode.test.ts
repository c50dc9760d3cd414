import assert from "node:assert/strict";
import { test } from "node:test";
import { flagsIn } from "../../src/cli/program.js";
import {
	configure,
	readSettings,
	type Surroundings,
	UsageError,
} from "../../src/config/config.js";

const galaxyProxy: Surroundings = { env: {}, cwd: "/" };
const gxItProxy: Surroundings = { ...galaxyProxy, program: "gx-it-proxy" };

function read(line: string, surroundings = galaxyProxy) {
	return configure(flagsIn(line.split(" ")), surroundings);
}

/** Command line, mode, and a part of the sign. */
const DECIDED: [line: string, mode: string, sign: RegExp][] = [
	["--sessions a.sqlite", "undecided", /nothing/],
	["--sessions a.sqlite --cookie c", "gie", /^--cookie$/],
	["--sessions a.sqlite --proxy-prefix /p", "gie", /^--proxy-prefix$/],
	["--sessions a.sqlite --forward-session-cookie", "gie", /forward-session/],
	["--sessions a.sqlite --proxyPathPrefix p", "gxit", /^--proxyPathPrefix$/],
	["--sessions a.sqlite --forward-ip h", "gxit", /^--forwardIP$/],
	["--sessions a.sqlite --pollingInterval 0", "gxit", /pollingInterval/],
	["--sessions a.sqlite --mode gxit", "gxit", /^--mode$/],
	["--sessions a.sqlite --mode auto", "undecided", /nothing/],
	["--sessions /d/session_map.sqlite", "gie", /name of .*session_map/],
	["--sessions interactivetools_map.sqlite", "gxit", /name of interactive/],
	["--sessions session_map.sqlite --forwardIP h", "gxit", /^--forwardIP$/],
	["--sessions a.json", "gie", /JSON map.*--mode gxit/],
	["--sessions a.json --mode gxit", "gxit", /^--mode$/],
];

for (const [line, mode, sign] of DECIDED)
	test(`${line}: ${mode}`, () => {
		const config = read(line);
		assert.equal(config.mode, mode);
		assert.match(config.modeSign, sign);
	});

test("the name gx-it-proxy means tools, whatever the map's name", () => {
	for (const map of ["a.sqlite", "session_map.sqlite", "a.json"])
		assert.equal(read(`--sessions ${map}`, gxItProxy).mode, "gxit");
});

test("a variable that only one mode has decides, and --mode can be one", () => {
	const env = { GALAXY_PROXY_FORWARD_PORT: "1" };
	const config = read("--sessions a.sqlite", { ...galaxyProxy, env });
	assert.equal(config.mode, "gxit");
	assert.equal(config.modeSign, "GALAXY_PROXY_FORWARD_PORT");
	const byMode = { env: { GALAXY_PROXY_MODE: "gie" }, cwd: "/" };
	assert.equal(read("--sessions a.sqlite", byMode).mode, "gie");
});

/** Refused command lines, with a part of the message. */
const REFUSED: [line: string, says: RegExp, surroundings?: Surroundings][] = [
	["--cookie c --proxyPathPrefix p", /--cookie .*--proxyPathPrefix .*--mode/],
	["--proxy-prefix /p", /gx-it-proxy .*--proxy-prefix .*--mode/, gxItProxy],
	["--cookie c", /--cookie: gx-it-proxy .*remove/, gxItProxy],
	["--cookie c --mode gie", /--cookie: gx-it-proxy /, gxItProxy],
	["--mode gxit --cookie c", /--cookie .*--mode is gxit/],
	["--mode gie --check-owner", /--check-owner .*--mode is gie/],
	["--mode tools", /--mode: "tools" .*auto, gie, gxit/],
];

for (const [line, says, surroundings] of REFUSED)
	test(`${line} is refused${surroundings ? " as gx-it-proxy" : ""}`, () => {
		assert.throws(
			() => read(`--sessions a.sqlite ${line}`, surroundings),
			(error) => error instanceof UsageError && says.test(error.message),
		);
	});

test("--mode gie lets gx-it-proxy serve environments", () => {
	assert.equal(read("--sessions a.sqlite --mode gie", gxItProxy).mode, "gie");
});

test("the map may be missing only as gx-it-proxy or with --mode gxit", () => {
	assert.equal(read("--port 1", gxItProxy).sessions, undefined);
	assert.equal(read("--mode gxit").sessions, undefined);
	for (const line of ["--port 1", "--forwardIP h", "--mode gie"])
		assert.throws(() => read(line), /--sessions is missing/, line);
	assert.throws(() => read("--mode gie", gxItProxy), /--sessions is missing/);
});

test("the table in the map decides before its name, and contradicts other signs", () => {
	const decide = (line: string, tables: string[], as = galaxyProxy) =>
		readSettings(flagsIn(line.split(" ")), as).decide(tables)?.mode;
	assert.equal(decide("--sessions a.sqlite", ["gxproxy"]), "gie");
	assert.equal(decide("--sessions session_map.sqlite", ["gxitproxy"]), "gxit");
	assert.equal(decide("--sessions a.sqlite", []), undefined);
	assert.equal(decide("--sessions a.sqlite --mode gie", ["gxitproxy"]), "gie");
	assert.equal(decide("--sessions a.sqlite", ["gxitproxy"], gxItProxy), "gxit");
	const wrong: [string, string[], Surroundings][] = [
		["--sessions a.sqlite", ["gxproxy"], gxItProxy],
		["--sessions a.sqlite --cookie c", ["gxitproxy"], galaxyProxy],
		["--sessions a.sqlite", ["gxproxy2", "gxitproxy"], galaxyProxy],
		["--sessions a.sqlite", ["gxproxy2", "gxitproxy"], gxItProxy],
	];
	for (const [line, tables, as] of wrong)
		assert.throws(() => decide(line, tables, as), /--mode gie or --mode gxit/);
	const both = "--sessions a.sqlite --mode gxit";
	assert.equal(decide(both, ["gxproxy2", "gxitproxy"]), "gxit");
});
