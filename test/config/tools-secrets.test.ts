import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { scratchFolder } from "../support/folders.js";

const PASSWORD = "hunter2hunter2hunter2";

async function config(t: TestContext, secret: string, args: string[] = []) {
	const file = join(scratchFolder(t), "secret");
	writeFileSync(file, secret);
	const flags = ["--mode", "gxit", "--forward-secret-file", file];
	return runCli(["config", ...flags, ...args]);
}

test("the secret is read from its file, and never shown", async (t) => {
	for (const args of [[], ["--json"]]) {
		const { code, stdout } = await config(t, `${PASSWORD}\n`, args);
		assert.equal(code, 0);
		assert.match(
			stdout,
			/--forward-secret-file\W.*set, not shown|"set, not shown"/,
		);
		assert.doesNotMatch(stdout, new RegExp(PASSWORD));
	}
});

test("an empty, short or missing file is refused", async (t) => {
	for (const secret of ["", "\n\n", "fifteen bytes..\n"]) {
		const { code, stderr } = await config(t, secret);
		assert.equal(code, 2);
		assert.match(stderr, /--forward-secret-file: .* give a file .*16 bytes/);
		assert.ok(secret.trim() === "" || !stderr.includes(secret.trim()));
	}
	const missing = ["--mode", "gxit", "--forward-secret-file", "/nowhere"];
	const { code, stderr } = await runCli(missing);
	assert.equal(code, 2);
	assert.match(stderr, /--forward-secret-file: ENOENT/);
});

test("the secret is refused where no double proxy uses it", async (t) => {
	const sessions = ["--sessions", "/map.sqlite"];
	const { code, stderr } = await config(t, PASSWORD, sessions);
	assert.equal(code, 2);
	assert.match(stderr, /--forward-secret-file .* give --forwardIP/);
	for (const flag of ["--forwardIP=10.0.0.5", "--forwardPort=8910"])
		assert.equal((await config(t, PASSWORD, [...sessions, flag])).code, 0);
});
