// Runs the compiled tests in build/test, or those of them whose path contains one of the words given:
//   npm test -- cli head
// The daemon with better-sqlite3 where Node has a SQLite of its own:
//   node --no-experimental-sqlite test/run.mjs session-map map-faults
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const tests = dirname(fileURLToPath(import.meta.url));
const compiled = join(dirname(tests), "build", "test");
const words = process.argv
	.slice(2)
	.map((word) => word.replace(/^(\.\/)?test\//, "").replace(/\.ts$/, ""));

// By source, so that what an earlier build left of a deleted test does not run. End-to-end tests have a runner of their own.
const files = readdirSync(tests)
	.filter((name) => name !== "e2e")
	.flatMap((name) => testsIn(name))
	.filter((path) => !words.length || words.some((word) => path.includes(word)))
	.sort()
	.map((path) => join(compiled, path.replace(/\.ts$/, ".js")));

if (files.length === 0) {
	console.error(`no test has ${words.join(" or ")} in its path`);
	process.exit(1);
}
const options = [
	...process.execArgv,
	"--test",
	"--test-concurrency=3",
	"--test-timeout=120000",
	"--test-reporter=spec",
];
const run = spawnSync(process.execPath, [...options, ...files], {
	stdio: "inherit",
});
process.exit(run.status ?? 1);

/** Paths below test/, of a file or of all in a folder. */
function testsIn(path) {
	if (path.endsWith(".test.ts")) return [path];
	if (!statSync(join(tests, path)).isDirectory()) return [];
	return readdirSync(join(tests, path)).flatMap((name) =>
		testsIn(join(path, name)),
	);
}
