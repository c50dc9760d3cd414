import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The folders that Galaxy's relative paths start from, as its settings give them. */
export interface GalaxyFolders {
	/** Absolute path of its configuration file. */
	readonly file: string;
	/** Of this process; Galaxy's own is its root. */
	readonly cwd: string;
	readonly rootDir?: string | undefined;
	readonly configDir?: string | undefined;
	readonly dataDir?: string | undefined;
}

/** What Galaxy itself takes for a sign that it runs from its source tree. */
const SOURCE_TREE = [
	"run.sh",
	"lib/galaxy/__init__.py",
	"scripts/common_startup.sh",
];
/** From this release on the session map's path starts at data_dir, and no longer at the root. */
const FROM_DATA_DIR = 20.01;
const NEWEST = Number.POSITIVE_INFINITY;
/** Before paths started at data_dir they named it, so Galaxy drops this. */
const OLD_DATA_DIR = /^database\//;

/** Galaxy's root: `root_dir`, else the tree around the working directory or the file, else the working directory. */
export function rootOf({ file, cwd, rootDir }: GalaxyFolders): string {
	if (rootDir !== undefined) return resolve(cwd, rootDir);
	const near = [cwd, dirname(file), dirname(dirname(file))];
	return near.find(isSourceTree) ?? cwd;
}

/** The absolute path of the session map, as the Galaxy that the file belongs to resolves it. */
export function sessionMapIn(
	folders: GalaxyFolders,
	path: string | undefined,
): string {
	const root = rootOf(folders);
	const data = dataDirIn(folders, root);
	if (path === undefined) return join(data, "session_map.sqlite");
	if (releaseOf(root) < FROM_DATA_DIR) return resolve(root, path);
	return resolve(data, path.replace(OLD_DATA_DIR, ""));
}

function dataDirIn(
	{ file, configDir, dataDir }: GalaxyFolders,
	root: string,
): string {
	if (dataDir !== undefined) return resolve(root, dataDir);
	if (isSourceTree(root)) return join(root, "database");
	return resolve(root, configDir ?? dirname(file), "data");
}

function isSourceTree(folder: string): boolean {
	return SOURCE_TREE.every((path) => existsSync(join(folder, path)));
}

/** 17.09 of Galaxy 17.09; what does not say is newer than all. */
function releaseOf(root: string): number {
	const version = join(root, "lib/galaxy/version.py");
	if (!existsSync(version)) return NEWEST;
	const release = /^VERSION_MAJOR\s*=\s*["'](\d\d\.\d\d)/m.exec(
		readFileSync(version, "utf8"),
	);
	return Number(release?.[1] ?? NEWEST);
}
