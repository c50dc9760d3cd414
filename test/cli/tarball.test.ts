import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	accessSync,
	constants,
	existsSync,
	readdirSync,
	readFileSync,
	symlinkSync,
} from "node:fs";
import { join, relative } from "node:path";
import { after, before, test } from "node:test";
import { repository, scratchFolder } from "../support/folders.js";
import { runCli } from "./run-cli.js";

const folder = scratchFolder({ after });
const unpacked = join(folder, "package");

before(() => {
	// Without scripts: packing would rebuild dist/ while other tests use it.
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

test("it contains only files that are run or read", () => {
	const wanted =
		"assets bin dist lib scripts docs README.md LICENSE CHANGELOG.md SECURITY.md package.json node_modules";
	assert.deepEqual(readdirSync(unpacked).sort(), wanted.split(" ").sort());
	const other = filesIn(unpacked).filter((path) => !isRunOrRead(path));
	assert.deepEqual(other, []);
});

test("it has the files that package.json names", () => {
	const text = readFileSync(join(unpacked, "package.json"), "utf8");
	const { main, bin, man } = JSON.parse(text);
	for (const path of [main, ...Object.values<string>(bin), ...man])
		assert.ok(existsSync(join(unpacked, path)), `${path} is missing`);
});

function filesIn(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true })
		.filter((entry) => !entry.isSymbolicLink())
		.flatMap((entry) => {
			const path = join(folder, entry.name);
			return entry.isDirectory() ? filesIn(path) : [relative(unpacked, path)];
		});
}

/** Pages are read and programs run; sources, declarations and maps are neither. */
function isRunOrRead(path: string): boolean {
	if (path.startsWith("docs/")) return /\.(md|svg|json|html|png)$/.test(path);
	if (path.startsWith("dist/")) return !/\.(ts|map|tsbuildinfo)$/.test(path);
	return true;
}

for (const script of ["lib/main.js", "bin/galaxy-proxy.js"])
	test(`its ${script} is executable and runs in production`, async () => {
		const path = join(unpacked, script);
		accessSync(path, constants.X_OK);
		const env = { NODE_ENV: "production" };
		const { code, stdout } = await runCli(["--help"], { script: path, env });
		assert.equal(code, 0);
		assert.match(stdout, /^Usage: galaxy-proxy/);
	});
