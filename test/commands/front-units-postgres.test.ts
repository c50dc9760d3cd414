import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PRINT } from "../../src/commands/front/front.js";
import type { Given } from "../../src/config/config.js";
import { scratchFolder } from "../support/folders.js";

function unit(flags: Given, env: Record<string, string> = {}, cwd = "/usr") {
	const surroundings = { env, cwd };
	return PRINT.systemd({ user: "galaxy" }, { flags, surroundings });
}

test("a unit for a map in PostgreSQL has its URL and libpq's variables, and no folder of a file", () => {
	const sessions = "postgresql://galaxy@%2Frun%2Fpostgresql/map";
	const env = { PGPASSFILE: "pgpass", PGSSLMODE: "require", PGTZ: "UTC" };
	const text = unit({ sessions }, env);
	assert.match(
		text,
		/\nExecStart=.* --mode gxit --sessions postgresql:\/\/galaxy@%%2Frun%%2Fpostgresql\/map /,
	);
	assert.match(text, /\nEnvironment=PGPASSFILE=\/usr\/pgpass\n/);
	assert.match(text, /\nEnvironment=PGSSLMODE=require\n/);
	assert.doesNotMatch(text, /PGTZ/);
	assert.match(text, /\nReadWritePaths=\n/);
});

test("a unit names the file with the URL, not the URL", (t) => {
	const cwd = scratchFolder(t);
	const file = join(cwd, "url");
	writeFileSync(file, "postgresql://galaxy:hunter2@db/map\n");
	const typed = unit({ sessionsFile: "url" }, {}, cwd);
	assert.match(typed, new RegExp(`\nExecStart=.* --sessions-file ${file}\n`));
	const set = unit({}, { GALAXY_PROXY_SESSIONS_FILE: "url" }, cwd);
	assert.match(
		set,
		new RegExp(`\nEnvironment=GALAXY_PROXY_SESSIONS_FILE=${file}\n`),
	);
	for (const text of [typed, set])
		assert.doesNotMatch(text, /postgresql:|hunter2/);
});

test("a password is not written into a unit", () => {
	const url = "postgresql://galaxy:hunter2@db/map";
	const open = "postgresql://galaxy@db/map";
	assert.throws(() => unit({ sessions: url }), /unit.*--sessions-file/);
	assert.throws(
		() => unit({}, { GALAXY_PROXY_SESSIONS: url }),
		/unit.*--sessions-file/,
	);
	assert.throws(
		() => unit({ sessions: open }, { PGPASSWORD: "hunter2" }),
		/PGPASSWORD .*PGPASSFILE/,
	);
});
