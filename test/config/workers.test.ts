import assert from "node:assert/strict";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";

const MAP = ["--sessions", "map.sqlite"];

test("--standby beside --workers ends with 2, names both as they were given, and says when to give which", async () => {
	const { code, stderr } = await runCli([...MAP, "--standby"], {
		env: { GALAXY_PROXY_WORKERS: "auto" },
	});
	assert.equal(code, 2);
	assert.match(
		stderr,
		/^galaxy-proxy: --standby and GALAXY_PROXY_WORKERS exclude each other: .*give --standby alone; .*--workers alone\n/,
	);
});

test("a wrong number of workers ends with 2 and says what is allowed", async () => {
	const { code, stderr } = await runCli([...MAP, "--workers", "0"]);
	assert.equal(code, 2);
	assert.match(stderr, /^galaxy-proxy: --workers: "0" .*1 to 64, or auto/);
});

test("galaxy-proxy config shows how processes start and end, and from where", async () => {
	const args = ["--workers", "auto", "--drain-delay", "0.5"];
	const { stdout } = await runCli(["config", ...MAP, ...args]);
	assert.match(stdout, /^--workers +\d+ +flag --workers$/m);
	assert.match(stdout, /^--standby +off +default$/m);
	assert.match(stdout, /^--drain-delay +0\.5 +flag --drain-delay$/m);
	const times = /^--tunnel-drain +0 or 3600 +default$/m;
	assert.match(stdout, times);
});

test("as JSON a time that depends on the situation is null", async () => {
	const { stdout } = await runCli(["config", "--json", ...MAP]);
	const { settings } = JSON.parse(stdout);
	for (const name of ["--workers", "--tunnel-drain"])
		assert.equal(
			settings.find((each: { name: string }) => each.name === name).value,
			null,
		);
});
