import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readSettings } from "../../src/config/config.js";
import { galaxyFolder, sourceTree } from "./galaxy-folder.js";

interface Case {
	/** Galaxy's release; null where there is no source tree. */
	release: string | null;
	/** Lines below `galaxy:`. */
	lines?: string[];
	/** Of this process, in the folder. */
	from?: string;
}

/** The session map's path, relative to the folder that contains config/galaxy.yml. */
function mapOf(t: TestContext, { release, lines = [], from = "." }: Case) {
	const text = `galaxy:\n${lines.map((line) => `  ${line}\n`).join("")}`;
	const folder = galaxyFolder(t, {
		...(release === null ? {} : sourceTree(release)),
		"config/galaxy.yml": text,
		"elsewhere/empty": "",
	});
	const config = join(folder, "config/galaxy.yml");
	const cwd = join(folder, from);
	const { sessions } = readSettings({ config }, { env: {}, cwd }).config;
	return sessions?.slice(folder.length + 1);
}

const relative = (path: string) => `dynamic_proxy_session_map: ${path}`;

test("by default it is database/session_map.sqlite of the source tree, whatever the working directory", (t) => {
	for (const release of ["17.09", "20.05"])
		for (const from of [".", "config", "elsewhere"])
			assert.equal(
				mapOf(t, { release, from }),
				"database/session_map.sqlite",
				`${release} ${from}`,
			);
});

test("up to release 19.09 a relative path starts at the root", (t) => {
	for (const release of ["16.10", "19.09"])
		assert.equal(
			mapOf(t, { release, lines: [relative("var/map.sqlite")] }),
			"var/map.sqlite",
		);
});

test("from 20.01 on a relative path starts at data_dir, whose old name is dropped", (t) => {
	const release = "20.01";
	const data = (path: string, ...more: string[]) =>
		mapOf(t, { release, lines: [relative(path), ...more] });
	assert.equal(data("map.sqlite"), "database/map.sqlite");
	assert.equal(data("database/map.sqlite"), "database/map.sqlite");
	assert.equal(data("map.sqlite", "data_dir: var/data"), "var/data/map.sqlite");
});

test("data_dir moves the default", (t) => {
	const lines = ["data_dir: var/data"];
	assert.equal(
		mapOf(t, { release: "18.09", lines }),
		"var/data/session_map.sqlite",
	);
	assert.equal(
		mapOf(t, { release: null, lines }),
		"var/data/session_map.sqlite",
	);
});

test("without a source tree the data is next to the configuration", (t) => {
	assert.equal(mapOf(t, { release: null }), "config/data/session_map.sqlite");
	assert.equal(
		mapOf(t, { release: null, lines: ["config_dir: etc"] }),
		"etc/data/session_map.sqlite",
	);
});

test("root_dir names the root", (t) => {
	const lines = ["root_dir: elsewhere", "data_dir: data"];
	assert.equal(
		mapOf(t, { release: null, lines }),
		"elsewhere/data/session_map.sqlite",
	);
});

test("a path of a flag starts at the working directory, whatever the file says", (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": "galaxy:\n  data_dir: var\n" });
	const given = { config: "galaxy.yml", sessions: "map.sqlite" };
	const { sessions } = readSettings(given, { env: {}, cwd }).config;
	assert.equal(sessions, join(cwd, "map.sqlite"));
});
