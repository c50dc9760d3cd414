import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { readSettings } from "../../src/config/config.js";
import { galaxyFolder } from "./galaxy-folder.js";

const FILE = "galaxy:\n  dynamic_proxy_bind_port: 3\n";

/** The port, and the source that it came from. */
function port(
	t: TestContext,
	flags: Record<string, string>,
	env: Record<string, string>,
	text = FILE,
) {
	const cwd = galaxyFolder(t, { "galaxy.yml": text });
	const given = { config: "galaxy.yml", ...flags };
	const { config, origins } = readSettings(given, { env, cwd });
	const origin = origins.get("port");
	return [
		config.port,
		origin && "name" in origin ? origin.name : origin?.source,
	];
}

const lowest = { GALAXY_CONFIG_DYNAMIC_PROXY_BIND_PORT: "4" };
const override = {
	...lowest,
	GALAXY_CONFIG_OVERRIDE_DYNAMIC_PROXY_BIND_PORT: "2",
};
const own = { ...override, GALAXY_PROXY_PORT: "1" };

test("flags override our variables, these override Galaxy's overriding ones, and these the file", (t) => {
	assert.deepEqual(port(t, { port: "0" }, own), [0, "--port"]);
	assert.deepEqual(port(t, {}, own), [1, "GALAXY_PROXY_PORT"]);
	assert.deepEqual(port(t, {}, override), [
		2,
		"GALAXY_CONFIG_OVERRIDE_DYNAMIC_PROXY_BIND_PORT",
	]);
	assert.deepEqual(port(t, {}, lowest), [3, "file"]);
});

test("Galaxy's other variables come after the file and before its defaults, as in Galaxy", (t) => {
	assert.deepEqual(port(t, {}, lowest, "galaxy:\n"), [
		4,
		"GALAXY_CONFIG_DYNAMIC_PROXY_BIND_PORT",
	]);
	assert.deepEqual(port(t, {}, {}, "galaxy:\n"), [8800, "default"]);
});

test("Galaxy's variables count in lower case too", (t) => {
	const env = { GALAXY_CONFIG_OVERRIDE_dynamic_proxy_bind_port: "5" };
	assert.equal(port(t, {}, env)[0], 5);
});

test("a bad value in one of Galaxy's variables names it", (t) => {
	const env = { GALAXY_CONFIG_OVERRIDE_DYNAMIC_PROXY_BIND_PORT: "many" };
	assert.throws(
		() => port(t, {}, env),
		/GALAXY_CONFIG_OVERRIDE_DYNAMIC_PROXY_BIND_PORT: "many" is not allowed/,
	);
});

test("without --config Galaxy's variables are ignored", () => {
	const env = {
		GALAXY_CONFIG_OVERRIDE_DYNAMIC_PROXY_PREFIX: "p",
		GALAXY_CONFIG_DYNAMIC_PROXY_BIND_PORT: "nonsense",
	};
	const { config, galaxy } = readSettings(
		{ sessions: "map" },
		{ env, cwd: "/" },
	);
	assert.deepEqual(
		[config.port, config.ownPath, config.reverseProxy, galaxy],
		[8000, "", false, undefined],
	);
});

test("GALAXY_PROXY_CONFIG names the file as well", (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": FILE });
	const env = { GALAXY_PROXY_CONFIG: "galaxy.yml" };
	assert.equal(readSettings({}, { env, cwd }).config.port, 3);
});

test("a flag that Galaxy's launch always has can be turned off by our variable", (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": FILE });
	const env = { GALAXY_PROXY_REVERSE_PROXY: "0" };
	const given = { config: "galaxy.yml" };
	assert.equal(readSettings(given, { env, cwd }).config.reverseProxy, false);
	assert.equal(readSettings(given, { env: {}, cwd }).config.reverseProxy, true);
});
