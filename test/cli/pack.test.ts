import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { repository, scratchFolder } from "../support/folders.js";
import { runCli } from "./run-cli.js";

const folder = scratchFolder({ after });
const TARBALLS = {
	"galaxy-proxy": /^galaxy-proxy-\d+\.\d+\.\d+\.tgz$/,
	"@galaxyproject/gx-it-proxy":
		/^galaxyproject-gx-it-proxy-\d+\.\d+\.\d+\.tgz$/,
};
let printed: string[] = [];

before(() => {
	const script = join(repository, "scripts", "pack.mjs");
	const text = execFileSync(process.execPath, [script, folder], {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "ignore"],
	});
	printed = text.trim().split("\n");
});

test("it prints where the two tarballs are", () => {
	for (const path of printed) assert.ok(existsSync(path), path);
	assert.deepEqual(
		printed.map((path) => basename(path)).sort(),
		readdirSync(folder).sort(),
	);
});

for (const [name, pattern] of Object.entries(TARBALLS)) {
	const unpacked = scratchFolder({ after });

	before(() => {
		const path = printed.find((each) => pattern.test(basename(each))) ?? "";
		execFileSync("tar", ["-xf", path, "-C", unpacked, "--strip-components=1"]);
	});

	test(`${name}: npm finds nothing to run and nothing to download`, () => {
		const described = read("package.json");
		assert.equal(described.name, name);
		const { dependencies, bundleDependencies } = described;
		assert.deepEqual(Object.keys(dependencies), bundleDependencies);
		assert.equal("scripts" in described, false);
		assert.equal("optionalDependencies" in described, false);
		const all = readdirSync(unpacked, { recursive: true, encoding: "utf8" });
		const packages = all.filter((path) => /\/package\.json$/.test(path));
		assert.ok(packages.length > 20, `${packages.length} packages`);
		for (const path of packages)
			assert.equal(read(path).scripts?.install, undefined, path);
		assert.ok(all.length < 900, `${all.length} files`);
		assert.deepEqual(
			all.filter((path) => /\.node$|(^|\/)binding\.gyp$/.test(path)),
			[],
		);
	});

	for (const program of ["galaxy-proxy", "gx-it-proxy"])
		test(`${name}: ${program} runs as it was unpacked`, async () => {
			const script = join(unpacked, read("package.json").bin[program]);
			const { code, stdout } = await runCli(["--version"], { script });
			assert.deepEqual(
				[code, stdout.trim()],
				[0, read("package.json").version],
			);
		});

	function read(file: string) {
		return JSON.parse(readFileSync(join(unpacked, file), "utf8"));
	}
}
