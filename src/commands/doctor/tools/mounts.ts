import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type Destination, type JobConf, readJobConf } from "./job-conf.js";
import { isTrue, type Setup, textOf } from "./setup.js";

/** A folder of this host that the containers of a destination see. */
export interface Mount {
	readonly folder: string;
	/** What mounts it: "docker_volumes of docker_it ($galaxy_root)". */
	readonly by: string;
	/** Whether it depends on rules that doctor does not read. */
	readonly isGuess: boolean;
	/** Whether containers run as root, to which every file is open. */
	readonly isRoot: boolean;
}

/** Galaxy's $defaults for docker_volumes, without the folders that belong to one job alone. */
const DEFAULTS = [
	"TMPDIR",
	"galaxy_root",
	"default_file_path",
	"library_import_dir",
	"tool_data_path",
	"galaxy_data_manager_data_path",
	"shed_tool_data_path",
].map((name) => `$${name}`);

/** The folders that job containers of this host or its cluster mount. */
export function mountsOf(setup: Setup): Mount[] {
	const conf = readJobConf(setup);
	if (conf === undefined || "problem" in conf) return [];
	const folders = foldersOf(setup);
	const mounts = mounting(conf).flatMap(({ id, params, kind }) => {
		const written = textOf(params.docker_volumes) ?? "$defaults";
		// Pulsar's $defaults are folders of the job alone.
		const volumes =
			kind === "pulsar" ? written.replaceAll(/\$\{?defaults\}?/g, "") : written;
		const isRoot = /^(0|root)(:|$)/.test(textOf(params.docker_set_user) ?? "");
		return sourcesOf(volumes, folders).map(({ folder, entry }) => ({
			folder,
			by: `docker_volumes of ${id} in ${conf.place} (${entry})`,
			isGuess: false,
			isRoot,
		}));
	});
	return mounts.length > 0 ? mounts : guesses(conf, folders);
}

function mounting({ destinations }: JobConf): Destination[] {
	return destinations.filter(
		({ kind, params }) =>
			/local|drm|pulsar/.test(kind) && isTrue(params.docker_enabled, false),
	);
}

/** Where rules pick the destination, $defaults are what most sites have. */
function guesses(conf: JobConf, folders: ReadonlyMap<string, string>): Mount[] {
	if (!conf.destinations.some(({ kind }) => kind === "dynamic")) return [];
	return sourcesOf("$defaults", folders).map(({ folder, entry }) => ({
		folder,
		by: `docker_volumes: $defaults (${entry}), if the rules of ${conf.place} lead to Docker with it`,
		isGuess: true,
		isRoot: false,
	}));
}

function sourcesOf(volumes: string, folders: ReadonlyMap<string, string>) {
	const expanded = volumes.replaceAll(/\$\{?defaults\}?/g, DEFAULTS.join(","));
	return expanded.split(",").flatMap((text) => {
		const [source = ""] = text.trim().split(":");
		const path = source.replaceAll(
			/\$\{?(\w+)\}?/g,
			(whole, name) => folders.get(name) ?? whole,
		);
		const isKnown = path.startsWith("/");
		return isKnown ? [{ folder: real(path), entry: source }] : [];
	});
}

/** Galaxy's folders that volumes name, resolved as Galaxy does. */
function foldersOf(setup: Setup): ReadonlyMap<string, string> {
	const { galaxy, text } = setup;
	const { root } = galaxy;
	const data = galaxy.dataFolder;
	const found = new Map(setup.isRootKnown ? [["galaxy_root", root]] : []);
	const add = (name: string, path: string | undefined, from: string) => {
		if (path) found.set(name, resolve(from, path));
	};
	add("default_file_path", text("file_path") ?? "objects", data);
	add("TMPDIR", text("new_file_path") ?? "tmp", data);
	add("library_import_dir", text("library_import_dir"), root);
	const isSourceTree = existsSync(join(root, "run.sh"));
	add("tool_data_path", text("tool_data_path"), root);
	if (!found.has("tool_data_path"))
		add("tool_data_path", "tool-data", isSourceTree ? root : data);
	for (const name of ["galaxy_data_manager_data_path", "shed_tool_data_path"])
		add(name, text(name), root);
	return found;
}

/** The mount through which containers reach the file, if one does. Symbolic links that leave the mount lead nowhere there. */
export function mountAround(
	file: string,
	mounts: readonly Mount[],
): Mount | undefined {
	const path = real(file);
	return mounts.find(({ folder }) => {
		const way = relative(folder, path);
		return way !== "" && way !== ".." && !way.startsWith("../");
	});
}

/** Resolves a path whose last parts may not exist. */
export function real(path: string): string {
	try {
		return realpathSync(path);
	} catch {
		const above = dirname(path);
		return above === path ? path : join(real(above), path.slice(above.length));
	}
}

/** Folders for secrets. Remedies name the first one that no container mounts. */
const SAFE = [
	"/var/lib/galaxy-proxy",
	"/etc/galaxy-proxy",
	"/opt/galaxy-proxy",
];

/** A folder of this host that no container sees. */
export function safeFolder(mounts: readonly Mount[]): string {
	const safe = SAFE.find(
		(each) => mountAround(`${each}/x`, mounts) === undefined,
	);
	return safe ?? "/a/folder/that/no/container/mounts";
}
