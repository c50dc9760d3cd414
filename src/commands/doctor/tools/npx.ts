import { createHash } from "node:crypto";
import { access, constants, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { isInRange } from "./version-range.js";

/** The package that npx runs for a specifier. */
export interface Runs {
	readonly where: "root" | "file" | "name" | "registry";
	/** A folder, or a tarball. */
	readonly path?: string;
	readonly name?: string;
	readonly version?: string;
	/** Whether it is this product; undefined if that is not known. */
	readonly isOurs?: boolean;
	/** The problem with it, if any. */
	readonly problem?: string;
}

const LARGEST_TARBALL = 64 * 1024 * 1024;
const BLOCK = 512;

/**
 * Finds what `npx NAME@SPECIFIER` runs in a folder, as npm 8 to 11 do: a package installed there if name and version fit, else
 * the registry's newest.
 * @param home where npm has its cache
 */
export async function resolveNpx(
	name: string,
	specifier: string,
	{ root, home }: { root: string; home: string | undefined },
): Promise<Runs> {
	const [, path] = /^file:(.+)$/.exec(specifier) ?? [];
	if (path !== undefined || /^[./~]/.test(specifier))
		return inFile(resolve(root, path ?? specifier));
	const [, alias] = /^npm:(@?[^@]+)/.exec(specifier) ?? [];
	if (alias !== undefined)
		return { where: "name", name: alias, isOurs: alias === "galaxy-proxy" };
	if (/[:/]/.test(specifier)) return { where: "name", name: specifier };
	const folder = await installedFor(name, root);
	if (folder !== undefined && (await isClosed(join(folder, "package.json"))))
		return { where: "root", path: folder };
	if (folder !== undefined) {
		const found = await packageIn(folder);
		const { version } = found;
		if (version !== undefined && isInRange(version, specifier))
			return {
				where: "root",
				path: folder,
				...found,
				...(await linked(folder)),
			};
	}
	return {
		where: "registry",
		name,
		isOurs: false,
		...(await cached(name, specifier, home)),
	};
}

/** npm looks in the nearest folder that is a project. */
async function installedFor(name: string, from: string) {
	for (let at = from; ; at = dirname(at)) {
		const folder = join(at, "node_modules", name);
		const about = join(folder, "package.json");
		if ((await exists(about)) || (await isClosed(about))) return folder;
		const isProject =
			(await exists(join(at, "node_modules"))) ||
			(await exists(join(at, "package.json")));
		if (isProject || at === dirname(at)) return undefined;
	}
}

/** A package that was merely unpacked into node_modules does not count: npx runs the link that npm install makes. */
async function linked(folder: string): Promise<{ problem?: string }> {
	const modules = folder.slice(0, folder.lastIndexOf("/node_modules/") + 13);
	if (await exists(join(modules, ".bin/gx-it-proxy"))) return {};
	return {
		problem: `${modules}/.bin/gx-it-proxy is missing, so npx finds no program: install the package with npm install, do not unpack it`,
	};
}

async function inFile(path: string): Promise<Runs> {
	if (await isClosed(path)) return { where: "file", path };
	const kind = await stat(path).catch(() => undefined);
	if (kind === undefined)
		return { where: "file", path, problem: `${path} does not exist` };
	if (kind.isDirectory())
		return { where: "file", path, ...(await packageIn(path)) };
	const found = await packageInTarball(path).catch((error: Error) => ({
		problem: `${path} cannot be read: ${error.message}`,
	}));
	return { where: "file", path, ...found };
}

/** The package's name, its version, and whether it is this product: the original has no dist/. */
async function packageIn(folder: string) {
	const text = await readFile(join(folder, "package.json"), "utf8").catch(
		() => "",
	);
	return aboutOf(text, await exists(join(folder, "dist/main.js")));
}

async function packageInTarball(path: string) {
	const { size } = await stat(path);
	if (size > LARGEST_TARBALL) throw new Error("it is too large for a package");
	const tar: Buffer = await promisify(gunzip)(await readFile(path));
	const entries = entriesOf(tar);
	const about = entries.get("package/package.json") ?? "";
	return aboutOf(about, entries.has("package/dist/main.js"));
}

/** The entries of a tar archive by name; only package.json has its text. */
function entriesOf(tar: Buffer): Map<string, string> {
	const entries = new Map<string, string>();
	for (let at = 0; at + BLOCK <= tar.length; ) {
		const name = fieldOf(tar, at, 100);
		if (name === "") break;
		const size = Number.parseInt(fieldOf(tar, at + 124, 12), 8) || 0;
		const text = name.endsWith("/package.json")
			? tar.toString("utf8", at + BLOCK, at + BLOCK + size)
			: "";
		entries.set(name, text);
		at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
	}
	return entries;
}

function fieldOf(tar: Buffer, at: number, length: number): string {
	return tar.toString("latin1", at, at + length).replace(/[\0 ].*$/s, "");
}

function aboutOf(text: string, hasDist: boolean) {
	try {
		const { name, version } = JSON.parse(text);
		const isOurs =
			name === "galaxy-proxy" || (/gx-it-proxy$/.test(name) && hasDist);
		return { name: String(name), version: String(version), isOurs };
	} catch {
		return { problem: "its package.json cannot be read" };
	}
}

/** The version in npx's own cache, from the last start. */
async function cached(
	name: string,
	specifier: string,
	home: string | undefined,
) {
	if (home === undefined) return {};
	const hash = createHash("sha512")
		.update(`${name}@${specifier}`)
		.digest("hex");
	const folder = join(
		home,
		".npm/_npx",
		hash.slice(0, 16),
		"node_modules",
		name,
	);
	const { version } = await packageIn(folder);
	return version === undefined ? {} : { path: folder, version };
}

/** Whether doctor's own account, which may be the service's, cannot read a file that is there or may be. */
function isClosed(file: string): Promise<boolean> {
	return access(file, constants.R_OK).then(
		() => false,
		({ code }: NodeJS.ErrnoException) => code === "EACCES",
	);
}

function exists(path: string): Promise<boolean> {
	return stat(path).then(
		() => true,
		() => false,
	);
}
