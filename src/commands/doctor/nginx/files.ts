import { execFile } from "node:child_process";
import { readdir, readFile, readlink, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { codeOf } from "../../../session-map/unreadable.js";
import { messageOf } from "../check.js";
import { type Directive, NginxSyntaxError, parseNginx } from "./syntax.js";

/** The configuration of one nginx on this host. */
export interface NginxConfiguration {
	/** Its main file. */
	readonly file: string;
	/** Included files stand in the place of `include`. */
	readonly directives: readonly Directive[];
	/** The files that could not be read or parsed, each with the reason. */
	readonly problems: readonly string[];
}

interface Location {
	/** The prefix of all paths in the files: "" or the root of a container's file system. */
	readonly root: string;
	/** Absolute within it. */
	readonly file: string;
}

/** The path of the main file in most packages. */
const USUAL = "/etc/nginx/nginx.conf";
/** After so many problems no further file is read, because files that include each other can multiply without end. */
const MOST_PROBLEMS = 20;
const PROGRAM_MS = 3000;

/** The configurations of the nginx that run here, or else of the one that is installed; none without nginx. */
export async function readNginxConfigurations(): Promise<NginxConfiguration[]> {
	const running = await runningNginx();
	const { confPath } = await installedNginx();
	const places =
		running.length > 0 ? running : [{ root: "", file: confPath ?? USUAL }];
	const read = await Promise.all(places.map(readConfiguration));
	return read.filter((each) => each !== undefined);
}

/** @returns undefined if the file does not exist */
export async function readConfiguration(
	place: Location,
): Promise<NginxConfiguration | undefined> {
	const problems: string[] = [];
	const { root, file } = place;
	const shown = root + file;
	try {
		await stat(shown);
	} catch (error) {
		if (codeOf(error) === "ENOENT") return undefined;
	}
	const base = dirname(file);
	const directives = await read(shown, { root, base, problems }, []);
	return { file: shown, directives, problems };
}

interface Reading {
	readonly root: string;
	/** The folder that relative names start from: the main file's. */
	readonly base: string;
	readonly problems: string[];
}

/** @param including the files that include this one, from the main file on */
async function read(
	path: string,
	reading: Reading,
	including: readonly string[],
): Promise<Directive[]> {
	if (reading.problems.length >= MOST_PROBLEMS) return [];
	// nginx refuses files that include themselves.
	if (including.includes(path)) {
		reading.problems.push(`${path} includes itself`);
		return [];
	}
	try {
		const parsed = parseNginx(await readFile(path, "utf8"), path);
		return await withIncluded(parsed, reading, [...including, path]);
	} catch (error) {
		const isParsers = error instanceof NginxSyntaxError;
		// Node's message ends with the path.
		const what = messageOf(error).replace(/, \w+ '.*'$/, "");
		reading.problems.push(isParsers ? what : `${path} cannot be read: ${what}`);
		return [];
	}
}

async function withIncluded(
	directives: readonly Directive[],
	reading: Reading,
	including: readonly string[],
): Promise<Directive[]> {
	const all: Directive[] = [];
	for (const directive of directives) {
		const { name, args, block } = directive;
		const [pattern] = args;
		if (name === "include" && pattern !== undefined) {
			const inner = resolve("/", reading.base, pattern);
			for (const path of await filesLike(reading.root + inner, reading))
				all.push(...(await read(path, reading, including)));
		} else if (block === undefined) all.push(directive);
		else
			all.push({
				...directive,
				block: await withIncluded(block, reading, including),
			});
	}
	return all;
}

/** The files that match a pattern of glob(7), sorted; a name without a pattern stands for itself. */
async function filesLike(
	pattern: string,
	{ problems }: Reading,
): Promise<string[]> {
	if (!/[*?[]/.test(pattern)) return [pattern];
	let found = ["/"];
	for (const segment of pattern.split("/").filter((part) => part !== "")) {
		if (!/[*?[]/.test(segment)) {
			found = found.map((path) => join(path, segment));
			continue;
		}
		const matches = matcherOf(segment);
		const lists = found.map(async (folder) => {
			const names = await readdir(folder).catch((error: unknown) => {
				if (codeOf(error) !== "ENOENT")
					problems.push(`${folder} cannot be read: ${messageOf(error)}`);
				return [];
			});
			return names.filter(matches).map((name) => join(folder, name));
		});
		found = (await Promise.all(lists)).flat();
	}
	return found.sort();
}

function matcherOf(segment: string): (name: string) => boolean {
	const source = segment
		.replace(/[.+^${}()|\\]/g, "\\$&")
		.replaceAll("*", ".*")
		.replaceAll("?", ".")
		.replaceAll("[!", "[^");
	const pattern = new RegExp(`^${source}$`);
	// A pattern does not match the dot of hidden files.
	return (name) =>
		name.startsWith(segment[0] ?? "") || name[0] !== "."
			? pattern.test(name)
			: false;
}

/** The running nginx, found by the titles of their master processes, which show the command line. */
async function runningNginx(): Promise<Location[]> {
	const names = await readdir("/proc").catch(() => []);
	const pids = names.filter((name) => /^\d+$/.test(name));
	const found = await Promise.all(pids.map(placeOf));
	const places = found.filter((each) => each !== undefined);
	const byPath = new Map(places.map((each) => [each.root + each.file, each]));
	return [...byPath.values()];
}

async function placeOf(pid: string): Promise<Location | undefined> {
	const title = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
	const [, line] = /^nginx: master process ([^\0]+)/.exec(title) ?? [];
	if (line === undefined) return undefined;
	const words = line.trim().split(/\s+/);
	const option = (letter: string): string | undefined => {
		const at = words.findIndex((word) => word.startsWith(`-${letter}`));
		if (at < 0) return undefined;
		return words[at]?.slice(2) || words[at + 1];
	};
	const root = await rootOf(pid);
	const installed = root === "" ? await installedNginx() : {};
	const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "/");
	const prefix = resolve(cwd, option("p") ?? installed.prefix ?? "/etc/nginx");
	const file = option("c") ?? installed.confPath ?? USUAL;
	const place = { root, file: resolve(prefix, file) };
	return (await isSameFile(place)) ? { ...place, root: "" } : place;
}

/** A service with a private /tmp has another root, but the same files. */
async function isSameFile({ root, file }: Location): Promise<boolean> {
	try {
		const [its, own] = await Promise.all([stat(root + file), stat(file)]);
		return its.ino === own.ino && its.dev === own.dev;
	} catch {
		return false;
	}
}

/** The root of the process's own file system, if it has another one: in a container. */
async function rootOf(pid: string): Promise<string> {
	try {
		const [own, its] = await Promise.all(
			["self", pid].map((each) => readlink(`/proc/${each}/ns/mnt`)),
		);
		return own === its ? "" : await existing(`/proc/${pid}/root`);
	} catch {
		return "";
	}
}

async function existing(path: string): Promise<string> {
	await realpath(path);
	return path;
}

export interface Installed {
	readonly version?: string | undefined;
	readonly prefix?: string | undefined;
	readonly confPath?: string | undefined;
}

let installed: Promise<Installed> | undefined;

/** The output of nginx -V; empty without nginx. */
export function installedNginx(): Promise<Installed> {
	installed ??= askNginx();
	return installed;
}

async function askNginx(): Promise<Installed> {
	const PATH = `${process.env.PATH ?? ""}:/usr/sbin:/usr/local/sbin`;
	const env = { ...process.env, PATH };
	const options = { env, timeout: PROGRAM_MS };
	const ask = promisify(execFile)("nginx", ["-V"], options);
	const { stderr } = await ask.catch(() => ({ stderr: "" }));
	const [, version] = /nginx\/([\d.]+)/.exec(stderr) ?? [];
	const [, prefix] = /--prefix=(\S+)/.exec(stderr) ?? [];
	const [, confPath] = /--conf-path=(\S+)/.exec(stderr) ?? [];
	return { version, prefix, confPath };
}
