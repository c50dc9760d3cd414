// Packs the built program twice, as galaxy-proxy and under the name that Galaxy's gravity installs, each with the packages
// that it runs on and without anything to compile, so that an install needs neither network nor compiler:
//   npm run pack [-- FOLDER]
import { execFileSync } from "node:child_process";
import {
	cpSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = resolve(process.argv[2] ?? root);
const description = readJson(join(root, "package.json"));
const lock = readJson(join(root, "package-lock.json"));

/** Files of packages that no program reads, but not licences. npm unpacks a tarball several times, so each file delays the first start. */
const UNUSED =
	/^(.*\/)?(test|tests|docs|benchmarks|examples|browser|\.github)(\/|$)|\.(ts|mts|cts|map|yml)$|(?<!licen[cs]e)\.md$/i;

const [{ files }] = npmPack(root, "--dry-run");
const ownFiles = files
	.map(({ path }) => path)
	.filter((path) => !path.startsWith("scripts/"));

for (const name of [description.name, "@galaxyproject/gx-it-proxy"])
	console.log(join(target, pack(name)));

/** Returns the name of the tarball in the target folder. */
function pack(name) {
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-pack-"));
	try {
		for (const path of ownFiles) cpSync(join(root, path), join(folder, path));
		for (const path of runtimePackages())
			cpSync(join(root, path), join(folder, path), {
				recursive: true,
				filter: (source) => !UNUSED.test(relative(join(root, path), source)),
			});
		const text = JSON.stringify(packed(name), undefined, "\t");
		writeFileSync(join(folder, "package.json"), `${text}\n`);
		const [{ filename }] = npmPack(folder, "--pack-destination", target);
		// npm 8 gives the package's own name.
		return filename.replace(/^@/, "").replace("/", "-");
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** The description of the tarball: npm runs no script of it and looks for no other package. */
function packed(name) {
	const { scripts, devDependencies, optionalDependencies, ...rest } =
		description;
	const files = rest.files.filter((file) => file !== "scripts");
	const bundleDependencies = Object.keys(rest.dependencies);
	return { ...rest, name, files, bundleDependencies };
}

/** The folders of the packages that the program runs on, which must be those of the lock file. */
function runtimePackages() {
	const isRun = ([path, { dev, optional, devOptional }]) =>
		path !== "" && !dev && !optional && !devOptional;
	return Object.entries(lock.packages)
		.filter(isRun)
		.map(([path, { version, hasInstallScript }]) => {
			if (hasInstallScript)
				throw new Error(`${path} has an install script, which may compile`);
			const installed = readJson(join(root, path, "package.json")).version;
			if (installed !== version)
				throw new Error(`${path} is ${installed}, not ${version}: run npm ci`);
			return path;
		});
}

/** With the npm that runs this script, if one does; without scripts: npm run pack has built already. */
function npmPack(folder, ...args) {
	const { npm_execpath = "" } = process.env;
	const [command, ...first] = npm_execpath.endsWith("npm-cli.js")
		? [process.execPath, npm_execpath]
		: ["npm"];
	const words = [...first, "pack", "--json", "--ignore-scripts", ...args];
	const options = { cwd: folder, encoding: "utf8" };
	return JSON.parse(execFileSync(command, words, options));
}

function readJson(path) {
	return JSON.parse(readFileSync(path, "utf8"));
}
