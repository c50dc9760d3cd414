import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Kind } from "./flag-values.js";
import * as kinds from "./flag-values.js";
import { galaxyPorts, readIni, readYaml } from "./galaxy-file.js";
import {
	checked,
	type Found,
	placeOf,
	type Setting,
	UsageError,
} from "./setting.js";

/** What Galaxy is configured to, as far as it concerns this proxy. Keyed and defaulted as in Galaxy's releases. */
export interface GalaxySettings {
	/** Absolute path of galaxy.ini or galaxy.yml. */
	readonly file: string;
	/** Galaxy's folder, as far as it can be told. */
	readonly root: string;
	/** Whether Galaxy starts a proxy itself. */
	readonly dynamic_proxy_manage: Setting<boolean>;
	/** Absolute path. */
	readonly dynamic_proxy_session_map: Setting<string>;
	readonly dynamic_proxy_bind_port: Setting<number>;
	readonly dynamic_proxy_bind_ip: Setting<string>;
	readonly dynamic_proxy_debug: Setting<boolean>;
	/** Whether users reach the proxy through the web server that is in front of Galaxy. */
	readonly dynamic_proxy_external_proxy: Setting<boolean>;
	/** Without slashes at its ends: "gie_proxy". */
	readonly dynamic_proxy_prefix: Setting<string>;
	/** "/" or "/galaxy": no slash at its end. */
	readonly cookie_path: Setting<string>;
	/** Whether the front proxy logs users in, and tells Galaxy who they are in a field. */
	readonly use_remote_user: Setting<boolean>;
	/** That field, as WSGI names it: HTTP_REMOTE_USER. */
	readonly remote_user_header: Setting<string>;
	/** Ports of this machine on which Galaxy, and the front proxy that it names, listen; in no order. */
	readonly ports: readonly number[];
}

const DEFAULTS: Readonly<Record<string, string>> = {
	dynamic_proxy: "node",
	dynamic_proxy_manage: "true",
	dynamic_proxy_bind_port: "8800",
	dynamic_proxy_bind_ip: "0.0.0.0",
	dynamic_proxy_debug: "false",
	dynamic_proxy_external_proxy: "false",
	dynamic_proxy_prefix: "gie_proxy",
	cookie_path: "/",
	use_remote_user: "false",
	remote_user_header: "HTTP_REMOTE_USER",
};

/** Of the proxy in Go that Galaxy could be set to: known, but of no use here. */
const OF_THE_GO_PROXY = /^dynamic_proxy_golang_/;
const FOLDERS = ["root_dir", "config_dir", "data_dir"];

const cookiePath: Kind<string> = {
	allowed: kinds.urlPrefix.allowed.replace("/gie_proxy", ""),
	read(text) {
		const path = kinds.urlPrefix.read(text);
		return path === "" ? "/" : path;
	},
};

const prefix: Kind<string> = {
	allowed: "a path as it stands in URLs, for example gie_proxy",
	read: (text) => kinds.urlPrefix.read(`/${text}`)?.slice(1),
};

const wsgiName: Kind<string> = {
	allowed:
		"a name as WSGI has it, for example HTTP_REMOTE_USER, but not of a field that requests need",
	read(text) {
		const field = kinds.withheldNames.read(text.replace(/^HTTP_/i, ""));
		return /^\w+$/.test(text) && field !== undefined ? text : undefined;
	},
};

const nodeProxy: Kind<string> = {
	allowed: "node, since for golang Galaxy writes no session map",
	read: (text) => (text === "node" ? text : undefined),
};

/**
 * Reads Galaxy's file, and its variables as Galaxy does: GALAXY_CONFIG_OVERRIDE_* before the file, GALAXY_CONFIG_* after it.
 * @param path relative to `cwd`
 * @throws {UsageError} that names file, line and key, and says what is allowed
 */
export function readGalaxy(
	path: string,
	env: Readonly<Record<string, string | undefined>>,
	cwd: string,
): GalaxySettings {
	const file = resolve(cwd, path);
	const { inFile, ports } = readSettingsIn(file);
	const before = variables(env, "GALAXY_CONFIG_OVERRIDE_");
	const after = variables(env, "GALAXY_CONFIG_");
	const find = (key: string): Found | undefined =>
		before.get(key) ?? inFile.get(key) ?? after.get(key);
	const origin = { source: "default", of: "Galaxy" } as const;
	const get = <T>(key: string, kind: Kind<T>): Setting<T> =>
		checked(kind, find(key) ?? { text: DEFAULTS[key] ?? "", origin });

	for (const [key, found] of inFile) refuseUnknown(key, found);
	get("dynamic_proxy", nodeProxy);
	const [rootDir, configDir, dataDir] = FOLDERS.map((key) => find(key)?.text);
	const folders = { file, cwd, rootDir, configDir, dataDir };
	const map = find("dynamic_proxy_session_map");
	const mapPath = map && checked(kinds.file, map).value;
	return {
		file,
		root: rootOf(folders),
		dynamic_proxy_manage: get("dynamic_proxy_manage", kinds.onOff),
		dynamic_proxy_session_map: {
			value: sessionMapIn(folders, mapPath),
			origin: map?.origin ?? origin,
		},
		dynamic_proxy_bind_port: get("dynamic_proxy_bind_port", kinds.port),
		dynamic_proxy_bind_ip: get("dynamic_proxy_bind_ip", kinds.listenAddress),
		dynamic_proxy_debug: get("dynamic_proxy_debug", kinds.onOff),
		dynamic_proxy_external_proxy: get(
			"dynamic_proxy_external_proxy",
			kinds.onOff,
		),
		dynamic_proxy_prefix: get("dynamic_proxy_prefix", prefix),
		cookie_path: get("cookie_path", cookiePath),
		use_remote_user: get("use_remote_user", kinds.onOff),
		remote_user_header: get("remote_user_header", wsgiName),
		ports,
	};
}

/** Below what Galaxy's environments are found: "/galaxy/gie_proxy", whether or not a web server is in front. */
export function environmentsPath(galaxy: GalaxySettings): string {
	const path = `${galaxy.cookie_path.value}/${galaxy.dynamic_proxy_prefix.value}`;
	return path.replace(/\/+/g, "/").replace(/\/$/, "");
}

/** As Galaxy does, the file's kind is told by its name; a sample is read as what it is a sample of. */
function readSettingsIn(file: string): {
	inFile: Map<string, Found>;
	ports: readonly number[];
} {
	const [, extension] = /\.(ini|ya?ml)(?:\.sample)?$/.exec(file) ?? [];
	if (extension === undefined)
		throw new UsageError(
			`--config: ${file} is neither .ini nor .yml by its name; give the galaxy.ini or galaxy.yml that Galaxy is started with`,
		);
	let text: string;
	try {
		text = readFileSync(file, "utf8");
	} catch (error) {
		throw new UsageError(
			`--config: ${file} cannot be read: ${(error as Error).message}; give the galaxy.ini or galaxy.yml that Galaxy is started with, readable for this user`,
		);
	}
	const read = extension === "ini" ? readIni : readYaml;
	const content = text.replace(/^\uFEFF/, "");
	const inFile = read(content, file, isOurs);
	return { inFile, ports: galaxyPorts(content, extension === "ini") };
}

function isOurs(key: string): boolean {
	return (
		key.startsWith("dynamic_proxy") ||
		key === "cookie_path" ||
		key === "use_remote_user" ||
		key === "remote_user_header" ||
		FOLDERS.includes(key)
	);
}

/** Galaxy takes the name after the prefix in any case. */
function variables(
	env: Readonly<Record<string, string | undefined>>,
	head: string,
): Map<string, Found> {
	const found = new Map<string, Found>();
	for (const [name, text] of Object.entries(env)) {
		const key = name.slice(head.length).toLowerCase();
		if (text === undefined || !name.startsWith(head) || !isOurs(key)) continue;
		found.set(key, { text, origin: { source: "environment", name } });
	}
	return found;
}

/** Galaxy passes over what it does not know, and a misspelt setting would stay without effect in silence. */
function refuseUnknown(key: string, { origin }: Found): void {
	if (!isKnown(key))
		throw new UsageError(
			`${placeOf(origin)}: Galaxy has no such setting; known are ${Object.keys(DEFAULTS).join(", ")} and dynamic_proxy_session_map`,
		);
}

function isKnown(key: string): boolean {
	return (
		key in DEFAULTS ||
		key === "dynamic_proxy_session_map" ||
		FOLDERS.includes(key) ||
		OF_THE_GO_PROXY.test(key)
	);
}

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
