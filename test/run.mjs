// Runs the compiled tests in build/test but the batteries, or all of them whose path contains one of the words given:
//   npm test -- cli head
// The daemon with better-sqlite3 where Node has a SQLite of its own:
//   node --no-experimental-sqlite test/run.mjs session-map map-faults
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const tests = dirname(fileURLToPath(import.meta.url));
const compiled = join(dirname(tests), "build", "test");
/** Folders that take a minute between them, of many daemons each: test/e2e/run.sh has them. */
const BATTERIES = ["doctor", "hostile", "soak"];
const words = process.argv
	.slice(2)
	.map((word) => word.replace(/^(\.\/)?test\//, "").replace(/\.ts$/, ""));

// By source, so that what an earlier build left of a deleted test does not run. End-to-end tests have a runner of their own.
const files = readdirSync(tests)
	.filter((name) => name !== "e2e")
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
	"--test-reporter=spec",
];
const run = spawnSync(process.execPath, [...options, ...files], {
	stdio: "inherit",
	env: { ...process.env, PATH: pathWithPython() },
});
process.exit(run.status ?? 1);

/** python3 may be a script that looks for the real one (pyenv), which takes ten times as long as the real one's start. */
function pathWithPython() {
	const where = "import sys; print(sys.executable)";
	const python = execFileSync("python3", ["-c", where], { encoding: "utf8" });
	const folder = dirname(python.trim());
	const { PATH = "" } = process.env;
	return PATH.split(delimiter).includes(folder)
		? PATH
		: `${folder}${delimiter}${PATH}`;
}

/** Paths below test/, of a file or of all in a folder. */
function testsIn(path) {
	if (path.endsWith(".test.ts")) return [path];
	if (!statSync(join(tests, path)).isDirectory()) return [];
	return readdirSync(join(tests, path)).flatMap((name) =>
		testsIn(join(path, name)),
	);
}
