import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readSettings, UsageError } from "../../src/config/config.js";
import { galaxyFolder } from "./galaxy-folder.js";

const GALAXY = "galaxy: {interactivetools_enable: true}\n";

function read(t: TestContext, gravity: string, galaxy = GALAXY) {
	const cwd = galaxyFolder(t, {
		"galaxy.yml": galaxy,
		"gravity.yml": gravity,
	});
	const config = join(cwd, "galaxy.yml");
	return readSettings({ config }, { env: {}, cwd });
}

test("gravity's section may be in gravity.yml next to Galaxy's file", (t) => {
	const { config, origins } = read(
		t,
		"gravity: {gunicorn: {bind: 'localhost:8081'}, gx_it_proxy: {enable: true, port: 4102}}\n",
	);
	assert.deepEqual([config.port, config.closedPorts], [4102, [8081]]);
	const origin = origins.get("port");
	assert.ok(origin?.source === "file" && /\/gravity\.yml$/.test(origin.file));
});

test("of several instances the one that names Galaxy's file counts, else the first", (t) => {
	const other = "{galaxy_config_file: other.yml, gx_it_proxy: {port: 4101}}";
	const own = "{galaxy_config_file: galaxy.yml, gx_it_proxy: {port: 4102}}";
	const listed = (...all: string[]) => `gravity: [${all.join(", ")}]\n`;
	assert.equal(read(t, listed(other, own)).config.port, 4102);
	assert.equal(read(t, listed(other)).config.port, 4101);
});

test("a section in Galaxy's own file counts, and gravity.yml is not read", (t) => {
	const galaxy = `${GALAXY}gravity: {gx_it_proxy: {port: 4103}}\n`;
	assert.equal(read(t, "{", galaxy).config.port, 4103);
});

test("a broken gravity.yml is named", (t) => {
	assert.throws(
		() => read(t, "{"),
		(error) =>
			error instanceof UsageError && /gravity\.yml/.test(error.message),
	);
});
