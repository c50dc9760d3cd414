// Brings a Galaxy up, runs the tests of this folder against it, and takes it down: npm run test:galaxy. test/README.md says
// more.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../support/folders.js";
import { bringUp, planLab } from "./support/bring-up.js";
import { type Lab, labIn } from "./support/lab.js";
import { memoryOf, takeDown } from "./support/take-down.js";

const { GALAXY_LAB, GALAXY_VENV = "", KEEP } = process.env;
const words = process.argv.slice(2);

/** The parts of the run and their seconds. */
const parts: [string, number][] = [];
let peak = 0;

async function timed<T>(name: string, part: () => Promise<T>): Promise<T> {
	const began = performance.now();
	try {
		return await part();
	} finally {
		const seconds = (performance.now() - began) / 1000;
		parts.push([name, seconds]);
		console.log(`== ${name}: ${seconds.toFixed(1)} s`);
	}
}

/** Paths of the compiled tests whose names have one of the words, or of all. */
function chosenTests(): string[] {
	const chosen = words.filter((word) => !word.startsWith("--"));
	return readdirSync(join(repository, "test/galaxy"))
		.filter((name) => name.endsWith(".test.ts"))
		.filter((name) =>
			chosen.length === 0 ? true : chosen.some((word) => name.includes(word)),
		)
		.map((name) =>
			join(repository, "build/test/galaxy", name.replace(/ts$/, "js")),
		);
}

/** @returns whether all have passed */
async function runTests({ folder }: Lab): Promise<boolean> {
	const files = chosenTests();
	if (files.length === 0) {
		console.error(`no test of test/galaxy is named ${words.join(" or ")}`);
		return false;
	}
	const program = spawn(
		process.execPath,
		[
			...["--test", "--test-concurrency=1", "--test-timeout=3600000"],
			...["--test-reporter=spec", ...files],
		],
		{ stdio: "inherit", env: { ...process.env, GALAXY_LAB: folder } },
	);
	const [status] = await once(program, "exit");
	return status === 0;
}

async function end(lab: Lab): Promise<boolean> {
	// Files that disappear meanwhile make its status 1, which must not keep the lab up.
	const du = spawnSync("du", ["-sm", lab.folder], { encoding: "utf8" });
	const faults = await timed("taking it down", () => takeDown(lab));
	for (const fault of faults) console.error(`FAULT ${fault}`);
	console.log(`memory of Galaxy and its jobs: at most ${megabytes(peak)} MB`);
	console.log(
		`disk: ${Number.parseInt(du.stdout, 10)} MB, without ${GALAXY_VENV}`,
	);
	return faults.length === 0;
}

function megabytes(bytes: number): number {
	return Math.round(bytes / 1024 / 1024);
}

async function main(): Promise<boolean> {
	if (GALAXY_LAB !== undefined) {
		const lab = labIn(GALAXY_LAB);
		return words.includes("--down") ? await end(lab) : await runTests(lab);
	}
	const planned = await timed("tarballs", () => planLab(GALAXY_VENV));
	const memory = setInterval(() => {
		peak = Math.max(peak, memoryOf(planned));
	}, 2000);
	for (const signal of ["SIGINT", "SIGTERM"] as const)
		process.once(signal, () => {
			console.error(`${signal}: taking it down`);
			void end(planned).finally(() => process.exit(1));
		});
	let isGood = false;
	let isUp = false;
	try {
		const lab = await bringUp(planned, timed);
		isUp = true;
		isGood = await timed("tests", () => runTests(lab));
	} catch (error) {
		console.error(error);
	}
	clearInterval(memory);
	if (KEEP !== undefined && isUp) {
		console.log(`It stays up. Tests that use it, and its end:
  GALAXY_LAB=${planned.folder} npm run test:galaxy -- NAME
  GALAXY_LAB=${planned.folder} npm run test:galaxy -- --down`);
		return isGood;
	}
	return (await end(planned)) && isGood;
}

process.exitCode = (await main()) ? 0 : 1;
