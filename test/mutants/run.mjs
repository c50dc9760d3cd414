// Plants each defect of this folder in a copy of the sources and prints how long the fuzzer takes to find it:
//   npm run test:mutants [-- word in a patch's name]...
import { spawn, spawnSync } from "node:child_process";
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** Seconds that the fuzzer gets. */
const LIMIT_S = 60;
const SIDES = ["requests", "responses"];
/** Of the repository: what the fuzzer needs to run. */
const PARTS = [
	"assets",
	"docs",
	"src",
	"test/fuzz",
	"test/support",
	"test/package.json",
	"package-lock.json",
];

const here = dirname(fileURLToPath(import.meta.url));
const repository = dirname(dirname(here));
const words = process.argv.slice(2);
const mutants = readdirSync(here)
	.filter((name) => name.endsWith(".patch"))
	.map((name) => name.replace(/\.patch$/, ""))
	.filter((name) => !words.length || words.some((word) => name.includes(word)));

let missed = 0;
for (const mutant of mutants) {
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-mutant-"));
	try {
		const fuzzer = plant(mutant, folder);
		const seconds = fuzzer === null ? null : await findIn(fuzzer);
		if (seconds === null) missed++;
		console.log(`${mutant.padEnd(24)}${verdictOf(fuzzer, seconds)}`);
	} finally {
		rmSync(folder, { recursive: true });
	}
}
console.log(`${mutants.length - missed} of ${mutants.length} found`);
if (missed > 0 || mutants.length === 0) process.exitCode = 1;

function verdictOf(fuzzer, seconds) {
	if (fuzzer === null)
		return "PATCH NO LONGER APPLIES: make the same defect in today's source and write its diff -U1";
	return seconds === null
		? `NOT FOUND within ${LIMIT_S} s`
		: `found after ${seconds.toFixed(1)} s`;
}

/** Copies, patches and compiles. Returns the fuzzer's path; null where the patch does not fit. */
function plant(mutant, folder) {
	for (const part of PARTS)
		cpSync(join(repository, part), join(folder, part), { recursive: true });
	symlinkSync(
		join(repository, "node_modules"),
		join(folder, "node_modules"),
		"dir",
	);
	const patch = join(here, `${mutant}.patch`);
	// -C1: only the nearest lines must be unchanged.
	const git = spawnSync("git", ["apply", "-C1", "--recount", patch], {
		cwd: folder,
		encoding: "utf8",
	});
	if (git.status !== 0) {
		console.error(git.error?.message ?? git.stderr);
		return null;
	}
	const build = join(folder, "build");
	compile(join(folder, "src"), join(build, "src"), ts.ModuleKind.CommonJS);
	compile(join(folder, "test"), join(build, "test"), ts.ModuleKind.ESNext);
	cpSync(join(folder, "test/package.json"), join(build, "test/package.json"));
	return join(folder, "build", "test", "fuzz", "fuzz.js");
}

function compile(from, to, module) {
	mkdirSync(to, { recursive: true });
	for (const entry of readdirSync(from, { withFileTypes: true })) {
		const path = join(from, entry.name);
		if (entry.isDirectory()) compile(path, join(to, entry.name), module);
		else if (entry.name.endsWith(".ts"))
			writeFileSync(
				join(to, entry.name.replace(/\.ts$/, ".js")),
				ts.transpile(readFileSync(path, "utf8"), {
					target: ts.ScriptTarget.ES2023,
					module,
					isolatedModules: true,
					esModuleInterop: true,
				}),
			);
	}
}

/** Runs both sides; seconds until one of them has a find, null where none has. */
async function findIn(fuzzer) {
	const started = performance.now();
	const runs = SIDES.map((side) =>
		spawn(
			process.execPath,
			[
				fuzzer,
				"--side",
				side,
				"--seed",
				"1",
				"--finds",
				"1",
				"--as-found",
			].concat(["--minutes", `${LIMIT_S / 60}`]),
			{ stdio: ["ignore", "pipe", "pipe"] },
		),
	);
	const finds = runs.map(
		(run) =>
			new Promise((resolve) => {
				let text = "";
				run.stdout.setEncoding("utf8").on("data", (more) => {
					text += more;
					if (text.includes("\nFIND ")) resolve(performance.now() - started);
				});
				run.on("close", () => resolve(null));
			}),
	);
	// Told only where nothing was found: a fuzzer that is ended early complains of its folder.
	let complaints = "";
	for (const run of runs)
		run.stderr.setEncoding("utf8").on("data", (text) => {
			complaints += text;
		});
	const first = await Promise.race([
		...finds.map((find) => find.then((ms) => ms ?? new Promise(() => {}))),
		Promise.all(finds).then((all) => all.find((ms) => ms !== null) ?? null),
	]);
	for (const run of runs) run.kill();
	await Promise.all(finds);
	if (first === null) console.error(complaints);
	return first === null ? null : first / 1000;
}
