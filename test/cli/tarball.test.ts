import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	accessSync,
	constants,
	existsSync,
	mkdtempSync,
	rmSync,
	symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { repository } from "../support/daemon.js";
import { runCli } from "./run-cli.js";

const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-tarball-"));
const unpacked = join(folder, "package");

before(() => {
	// Without scripts: packing would build dist/ anew under the feet of the tests that run at the same time.
	const pack = ["pack", "--ignore-scripts", "--pack-destination", folder];
	const printed = execFileSync("npm", pack, {
		cwd: repository,
		stdio: ["ignore", "pipe", "ignore"],
	});
	const name = printed.toString().trim().split("\n").pop() ?? "";
	execFileSync("tar", ["-xf", join(folder, name), "-C", folder]);
	const packages = join(repository, "node_modules");
	symlinkSync(packages, join(unpacked, "node_modules"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("it has what is run and what is read, and nothing else", () => {
	const wanted = "bin dist lib docs README.md LICENSE CHANGELOG.md SECURITY.md";
	for (const name of wanted.split(" "))
		assert.ok(existsSync(join(unpacked, name)), `${name} is missing`);
	for (const name of "src test bench demo build .ci".split(" "))
		assert.ok(!existsSync(join(unpacked, name)), `${name} is in it`);
});

for (const script of ["lib/main.js", "bin/galaxy-proxy.js"])
	test(`its ${script} is executable and runs in production`, async () => {
		const path = join(unpacked, script);
		accessSync(path, constants.X_OK);
		const env = { NODE_ENV: "production" };
		const { code, stdout } = await runCli(["--help"], { script: path, env });
		assert.equal(code, 0);
		assert.match(stdout, /^Usage: galaxy-proxy/);
	});
