import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/folders.js";
import { runCli } from "./run-cli.js";

test("-V and --version print package.json's version alone", async () => {
	const { version } = JSON.parse(
		readFileSync(join(repository, "package.json"), "utf8"),
	);
	for (const flag of ["-V", "--version"]) {
		const { code, stdout } = await runCli([flag]);
		assert.deepEqual([code, stdout], [0, `${version}\n`]);
	}
});
