// Runs all tests on every Node that the daemon supports, or on those named:
//   npm run test:versions -- 22 24
// Each Node comes from the npm registry. It and a copy of this tree with packages of its own, compiled for it, are kept
// in the system's folder for temporary files, so that the next run installs only what changed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cache, copyTree, installNode, npm, npmOrFail } from "./nodes.mjs";

const VERSIONS = ["20", "22", "24", "26"];

/** Marks packages as installed: says with which Node and lock file. */
const MARK = "node_modules/.installed-for";

const asked = process.argv.slice(2);
const results = [];
for (const version of asked.length > 0 ? asked : VERSIONS)
	results.push(await testOn(version));
console.table(results);
process.exit(results.every((result) => result.passed) ? 0 : 1);

async function testOn(version) {
	const home = installNode(version);
	const node = join(home, "bin", "node");
	// Its packages stay from run to run.
	const tree = join(cache, `tree-${version}`);
	copyTree(tree);
	const env = {
		...process.env,
		PATH: `${dirname(node)}:${process.env.PATH}`,
		npm_config_nodedir: home,
	};
	const exact = spawnSync(node, ["--version"], { encoding: "utf8" });
	const release = exact.stdout.trim();
	installPackages(node, tree, `${release} ${lockOf(tree)}`, env);

	console.log(`\n== npm test with Node ${release}\n`);
	const started = performance.now();
	const { status, output } = await run(node, [npm(), "test", "--", ".test"], {
		cwd: tree,
		env,
	});
	const count = (name) =>
		Number(new RegExp(`^\\S+ ${name} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
	return {
		node: release,
		passed: status === 0 && count("pass") > 0,
		tests: count("tests"),
		pass: count("pass"),
		fail: count("fail") + count("cancelled"),
		skipped: count("skipped"),
		seconds: Math.round((performance.now() - started) / 1000),
		"not tested with": /^not tested with ([^:\s]+\w)/m.exec(output)?.[1] ?? "",
	};
}

function installPackages(node, tree, wanted, env) {
	const mark = join(tree, MARK);
	if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return;
	npmOrFail(node, ["ci"], { cwd: tree, env });
	writeFileSync(mark, wanted);
}

function lockOf(tree) {
	const lock = readFileSync(join(tree, "package-lock.json"));
	return createHash("sha256").update(lock).digest("hex");
}

/** Shows what the program writes while it runs, and gives it when it ends. */
function run(command, args, options) {
	const child = spawn(command, args, {
		...options,
		stdio: ["ignore", "pipe", "inherit"],
	});
	let output = "";
	child.stdout.setEncoding("utf8").on("data", (text) => {
		output += text;
		process.stdout.write(text);
	});
	return new Promise((resolve) =>
		child.once("close", (status) => resolve({ status, output })),
	);
}
