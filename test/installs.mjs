// Times an admin's installation: npm ci in a clone, and the install of npm run pack's tarball; each in a copy, with an empty
// home (nothing cached), and on Nodes with node:sqlite without a compiler:
//   npm run test:installs -- 20 22 24 26
import { spawnSync } from "node:child_process";
import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { copyTree, installNode, npm } from "./nodes.mjs";

const VERSIONS = ["20", "22", "24", "26"];
/** Below it better-sqlite3 is needed, which npm may have to compile. */
const FIRST_WITH_SQLITE = 22;
const COMPILERS =
	/^(cc|c\+\+|gcc|g\+\+|clang|make|gmake)([-.\d]|$)|-(gcc|g\+\+)/;

const asked = process.argv.slice(2);
const results = (asked.length > 0 ? asked : VERSIONS).map(installOn);
console.table(results);
process.exit(results.every(({ works }) => works === "yes") ? 0 : 1);

function installOn(version) {
	const home = installNode(version);
	const node = join(home, "bin", "node");
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-installs-"));
	try {
		const hasCompiler = Number.parseInt(version, 10) < FIRST_WITH_SQLITE;
		const path = hasCompiler ? process.env.PATH : withoutCompilers(folder);
		const env = {
			PATH: `${dirname(node)}${delimiter}${path}`,
			HOME: join(folder, "home"),
			npm_config_cache: join(folder, "home", ".npm"),
			npm_config_nodedir: home,
		};
		for (const name of ["npm_config_registry", "NODE_EXTRA_CA_CERTS"])
			if (process.env[name]) env[name] = process.env[name];
		mkdirSync(env.HOME);

		const clone = join(folder, "clone");
		copyTree(clone);
		const ci = timed(node, [npm(), "ci"], clone, env);
		timed(node, [npm(), "run", "pack", "--", folder], clone, env);
		const tarball = readdirSync(folder).find((name) =>
			/^galaxy-proxy-.*\.tgz$/.test(name),
		);

		rmSync(env.HOME, { recursive: true, force: true });
		mkdirSync(env.HOME);
		const target = join(folder, "target");
		mkdirSync(target);
		writeFileSync(join(target, "package.json"), '{ "private": true }\n');
		const args = [npm(), "install", join(folder, tarball)];
		const fromTarball = timed(node, args, target, env);
		if (hasCompiler)
			timed(node, [npm(), "install", "better-sqlite3@12"], target, env);
		const installed = join(target, "node_modules", "galaxy-proxy");
		const works = [clone, installed].every((tree) => opensMap(node, tree, env));
		return {
			node: said(node, ["--version"], folder, env),
			compiler: hasCompiler ? "yes" : "no",
			"npm ci, s": ci,
			"npm install TARBALL, s": fromTarball,
			works: works ? "yes" : "no",
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** A folder with all programs of the PATH but these. */
function withoutCompilers(folder) {
	const bin = join(folder, "bin");
	mkdirSync(bin);
	const known = new Set(["node", "npm"]);
	for (const place of process.env.PATH.split(delimiter)) {
		for (const name of list(place)) {
			if (known.has(name) || COMPILERS.test(name)) continue;
			known.add(name);
			symlinkSync(join(place, name), join(bin, name));
		}
	}
	return bin;
}

function list(place) {
	try {
		return readdirSync(place);
	} catch (error) {
		if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
		throw error;
	}
}

/** Seconds. */
function timed(node, args, cwd, env) {
	const started = performance.now();
	console.error(`== npm ${args.slice(1).join(" ")} in ${cwd}`);
	const words = args[1] === "run" ? args : [...args, "--no-audit", "--no-fund"];
	const { status } = spawnSync(node, words, {
		cwd,
		env,
		stdio: ["ignore", 2, 2],
	});
	if (status !== 0) throw new Error(`npm ${args[1]} ended with ${status}`);
	return Math.round((performance.now() - started) / 100) / 10;
}

/** Whether the installed program runs and finds a SQLite driver. */
function opensMap(node, tree, env) {
	const driver = join(tree, "dist", "session-map", "sqlite-driver.js");
	const load = `const { loadDriver } = await import(${JSON.stringify(driver)}); (await loadDriver()).open(":memory:").close(); console.log("opened")`;
	const version = said(
		node,
		[join(tree, "lib", "main.js"), "--version"],
		tree,
		env,
	);
	const args = ["--input-type=module", "--eval", load];
	return (
		/^\d+\.\d+\.\d+$/.test(version) && said(node, args, tree, env) === "opened"
	);
}

function said(node, args, cwd, env) {
	return spawnSync(node, args, { cwd, env, encoding: "utf8" }).stdout.trim();
}
