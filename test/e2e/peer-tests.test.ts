import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	cpSync,
	mkdirSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { installPeer, installTestRunner } from "./support/peer/install.js";
import { placeFor } from "./support/place.js";
import { PATIENCE_MS } from "./support/until.js";

/** They take the place of gx-it-proxy's modules. */
const ADAPTERS = new URL("support/peer/adapters.js", import.meta.url).href;
const MODULES = { main: "main", proxy: "DynamicProxy", mapper: "mapFor" };

test("gx-it-proxy's own tests pass with this proxy", (t) => {
	const place = placeFor(t, "peer-tests");
	const peer = installPeer();
	const runner = installTestRunner();
	for (const folder of ["lib", "test"]) mkdirSync(place.file(folder));
	symlinkSync(runner, place.file("node_modules"));
	symlinkSync(join(peer, "../.."), place.file("test/node_modules"));
	for (const [file, name] of Object.entries(MODULES))
		writeFileSync(
			place.file(`lib/${file}.js`),
			`export { ${name} } from ${JSON.stringify(ADAPTERS)};\n`,
		);
	writeFileSync(place.file("package.json"), '{ "type": "module" }');
	cpSync(join(peer, "test/main.test.js"), place.file("test/main.test.js"));
	// The containers of the tests serve files of the folder that they run in.
	const folders = ["extradir", "interactivetool/ep/coolkey/cooltoken/extradir"];
	for (const folder of ["", ...folders.map((each) => `test_data/${each}`)])
		cpSync(join(peer, "README.md"), place.file(join(folder, "README.md")));

	const vitest = join(runner, "vitest/vitest.mjs");
	const report = place.file("report.json");
	const run = spawnSync(
		process.execPath,
		[
			...[vitest, "run", "--reporter=json", `--outputFile=${report}`],
			`--testTimeout=${PATIENCE_MS}`,
		],
		{ cwd: place.folder, env: place.environment, encoding: "utf8" },
	);
	assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
	const { numPassedTests } = JSON.parse(readFileSync(report, "utf8"));
	assert.equal(numPassedTests, 12);
});
