import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { repository, scratchFolder } from "../support/folders.js";

// Symptom: with npm 10, `npm test` failed here and there with "is not built": the test of npm run pack built dist/ again.
test("a pack without scripts leaves dist/ as it is, although npm 10 runs prepare", (t) => {
	const folder = scratchFolder(t);
	const script = join(folder, "scripts/prepare.cjs");
	const compiler = join(folder, "node_modules/typescript/bin/tsc");
	const built = join(folder, "dist/main.js");
	mkdirSync(join(folder, "src"));
	for (const file of [compiler, built]) {
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, "");
	}
	cpSync(join(repository, "scripts/prepare.cjs"), script);
	const prepare = (env: NodeJS.ProcessEnv) =>
		execFileSync(process.execPath, [script], {
			env: { ...process.env, npm_config_omit: "optional", ...env },
		});
	prepare({ npm_config_ignore_scripts: "true" });
	assert.ok(existsSync(built));
	prepare({ npm_config_ignore_scripts: "" });
	assert.equal(existsSync(built), false);
});
