import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { repository, scratchFolder } from "../support/folders.js";

const script = join(repository, "bin", "gx-it-proxy.js");

for (const unit of ["systemd", "supervisord"])
	test(`${unit}: the unit of an inner proxy has no map and says that it is for tools`, async (t) => {
		const cwd = scratchFolder(t);
		writeFileSync(join(cwd, "secret"), "0123456789abcdef");
		const words = ["--port", "8910", "--forward-secret-file", "secret"];
		const { code, stdout, stderr } = await runCli(["front", unit, ...words], {
			script,
			cwd,
		});
		assert.deepEqual([code, stderr], [0, ""]);
		const [line = ""] = /^(ExecStart|command) *=.*$/m.exec(stdout) ?? [];
		assert.match(line, / --mode gxit /);
		assert.ok(line.endsWith(` --forward-secret-file ${cwd}/secret`), line);
		assert.doesNotMatch(stdout, /--sessions|undefined|Environments/);
	});
