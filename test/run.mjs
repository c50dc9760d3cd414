// Runs the compiled tests in build/test except the batteries, or only those whose path contains one of the given words:
//   npm test -- cli head
// Prints failures and a summary; --verbose lists every test. With better-sqlite3 although Node has a built-in SQLite:
//   node --no-experimental-sqlite test/run.mjs session-map map-faults
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const tests = dirname(fileURLToPath(import.meta.url));
const compiled = join(dirname(tests), "build", "test");
/** Folders that start many daemons and take a minute together: test/e2e/run.sh runs them. */
const BATTERIES = ["doctor", "hostile", "postgres", "soak", "workers"];
const isVerbose = process.argv.includes("--verbose");
const words = process.argv
	.slice(2)
	.filter((word) => word !== "--verbose")
	.map((word) => word.replace(/^(\.\/)?test\//, "").replace(/\.ts$/, ""));

// Listed by source, so that a deleted test that an earlier build left behind does not run. test/e2e/run.sh runs e2e/, and
// test/galaxy/run.sh runs galaxy/.
const files = readdirSync(tests)
	.filter((name) => name !== "e2e" && name !== "galaxy")
	.flatMap((name) => testsIn(name))
	.filter((path) =>
		words.length > 0
			? words.some((word) => path.includes(word))
			: !BATTERIES.includes(path.split("/")[0]),
	)
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
	"--test-timeout=300000",
	`--test-reporter=${isVerbose ? "spec" : join(tests, "summary.mjs")}`,
];
const run = spawnSync(process.execPath, [...options, ...files], {
	stdio: "inherit",
	env: { ...process.env, PATH: pathWithPython() },
});
process.exit(run.status ?? 1);

/** With pyenv, python3 is a script that searches for the real one and takes ten times as long to start. */
function pathWithPython() {
	const where = "import sys; print(sys.executable)";
	const python = execFileSync("python3", ["-c", where], { encoding: "utf8" });
	const folder = dirname(python.trim());
	const { PATH = "" } = process.env;
	return PATH.split(delimiter).includes(folder)
		? PATH
		: `${folder}${delimiter}${PATH}`;
}

/** Paths below test/ of one test, or of all tests in a folder. */
function testsIn(path) {
	if (path.endsWith(".test.ts")) return [path];
	if (!statSync(join(tests, path)).isDirectory()) return [];
	return readdirSync(join(tests, path)).flatMap((name) =>
		testsIn(join(path, name)),
	);
}
