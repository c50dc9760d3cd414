import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as kinds from "./flag-values.js";
import { readGalaxyFile } from "./galaxy-file.js";
import { type GravitySettings, isUrl, readGravity } from "./gravity.js";
import {
	checked,
	type Found,
	placeOf,
	type Setting,
	type Surroundings,
	UsageError,
} from "./setting.js";

const cookiePath: kinds.Kind<string> = {
	allowed: kinds.urlPrefix.allowed.replace("/gie_proxy", ""),
	read(text) {
		const path = kinds.urlPrefix.read(text);
		return path === "" ? "/" : path;
	},
};

const prefix: kinds.Kind<string> = {
	allowed: "a path as in a URL, for example gie_proxy",
	read: (text) => kinds.urlPrefix.read(`/${text}`)?.slice(1),
};

const wsgiName: kinds.Kind<string> = {
	allowed:
		"a name in WSGI's form, for example HTTP_REMOTE_USER, but not of a field that requests need",
	read(text) {
		const field = kinds.withheldNames.read(text.replace(/^HTTP_/i, ""));
		return /^\w+$/.test(text) && field !== undefined ? text : undefined;
	},
};

const anyText: kinds.Kind<string> = {
	allowed: "any text",
	read: (text) => text,
};

/** Galaxy's settings that concern this proxy, with the defaults of Galaxy's releases. */
const SETTINGS = {
	/** Whether Galaxy starts a proxy itself. */
	dynamic_proxy_manage: { kind: kinds.onOff, default: "true" },
	dynamic_proxy_session_map: {
		kind: kinds.file,
		default: "session_map.sqlite",
	},
	dynamic_proxy_bind_port: { kind: kinds.port, default: "8800" },
	dynamic_proxy_bind_ip: { kind: kinds.listenAddress, default: "0.0.0.0" },
	dynamic_proxy_debug: { kind: kinds.onOff, default: "false" },
	/** Whether users reach the proxy through the web server in front of Galaxy. */
	dynamic_proxy_external_proxy: { kind: kinds.onOff, default: "false" },
	/** Without slashes at its ends: "gie_proxy". */
	dynamic_proxy_prefix: { kind: prefix, default: "gie_proxy" },
	/** "/" or "/galaxy": without a slash at its end. */
	cookie_path: { kind: cookiePath, default: "/" },
	/** Whether the front proxy logs users in and names them to Galaxy in a field. */
	use_remote_user: { kind: kinds.onOff, default: "false" },
	/** That field in WSGI's form: HTTP_REMOTE_USER. */
	remote_user_header: { kind: wsgiName, default: "HTTP_REMOTE_USER" },
	interactivetools_enable: { kind: kinds.onOff, default: "false" },
	interactivetools_map: {
		kind: kinds.file,
		default: "interactivetools_map.sqlite",
	},
	/** A URL of SQLAlchemy's that replaces interactivetools_map; may contain a password. */
	interactivetoolsproxy_map: { kind: anyText, default: "" },
	/** "/" or "/galaxy". */
	interactivetools_base_path: { kind: cookiePath, default: "/" },
	/** Without slashes at its ends. */
	interactivetools_prefix: { kind: prefix, default: "interactivetool" },
} as const;

type Values = {
	readonly [Key in keyof typeof SETTINGS]: Setting<
		Exclude<ReturnType<(typeof SETTINGS)[Key]["kind"]["read"]>, undefined>
	>;
};

/** Galaxy's configuration, as far as it concerns this proxy. The session map's path is absolute. */
export interface GalaxySettings extends Values {
	/** Absolute path of galaxy.ini or galaxy.yml. */
	readonly file: string;
	/** Galaxy's folder, as far as it can be determined. */
	readonly root: string;
	/** Its data_dir, absolute. */
	readonly dataFolder: string;
	/** Ports of this machine on which Galaxy and its front proxy listen, unordered. */
	readonly ports: readonly number[];
	/** Which of its proxies for environments Galaxy uses, if that is written; galaxyFlags() checks it. */
	readonly dynamic_proxy: Found | undefined;
	/** Gravity's settings of the proxy for tools, if its section is there. */
	readonly gravity: GravitySettings | undefined;
}

/** Settings of the proxy in Go that Galaxy could use instead: known, but without effect here. */
const OF_THE_GO_PROXY = /^dynamic_proxy_golang_/;
const FOLDERS = ["root_dir", "config_dir", "data_dir"];

/**
 * Reads Galaxy's file and environment as Galaxy does: GALAXY_CONFIG_OVERRIDE_* over the file, GALAXY_CONFIG_* under it.
 * @param path relative to the working directory
 * @throws {UsageError} that names file, line, key and the allowed values
 */
export function readGalaxy(
	path: string,
	{ env, cwd }: Surroundings,
): GalaxySettings {
	const file = resolve(cwd, path);
	const { settings, ports, gravity, galaxyRoot } = readGalaxyFile(
		file,
		isWanted,
	);
	for (const [key, found] of settings) refuseUnknown(key, found);
	const over = variables(env, "GALAXY_CONFIG_OVERRIDE_");
	const under = variables(env, "GALAXY_CONFIG_");
	const find = (key: string): Found | undefined =>
		over.get(key) ?? settings.get(key) ?? under.get(key);

	const origin = { source: "default", of: "Galaxy" } as const;
	const values = Object.fromEntries(
		Object.entries(SETTINGS).map(([key, { kind, default: text }]) => [
			key,
			checked<unknown>(kind, find(key) ?? { text, origin }),
		]),
	) as Values;
	const [rootDir, configDir, dataDir] = FOLDERS.map((key) => find(key)?.text);
	const root = rootOf(file, cwd, rootDir ?? galaxyRoot?.text);
	const data = dataDirIn(root, dataDir, configDir ?? dirname(file));
	const { dynamic_proxy_session_map: map, interactivetools_map: toolMap } =
		values;
	return {
		...values,
		dynamic_proxy: find("dynamic_proxy"),
		dynamic_proxy_session_map: { ...map, value: sessionMapIn(root, data, map) },
		interactivetools_map: { ...toolMap, value: toolMapIn(root, data, toolMap) },
		file,
		root,
		dataFolder: data,
		ports,
		gravity: gravity && readGravity(gravity, root),
	};
}

/** Unknown names of the proxy's settings are wanted too, so that a misspelt one is noticed. */
function isWanted(key: string): boolean {
	return key.startsWith("dynamic_proxy") || isKnown(key);
}

/** Galaxy accepts the name after the prefix in any case. */
function variables(
	env: Surroundings["env"],
	start: string,
): Map<string, Found> {
	const found = new Map<string, Found>();
	for (const [name, text] of Object.entries(env)) {
		const key = name.slice(start.length).toLowerCase();
		if (text !== undefined && name.startsWith(start) && isWanted(key))
			found.set(key, { text, origin: { source: "environment", name } });
	}
	return found;
}

/** Galaxy itself ignores unknown settings, and a misspelt one would silently have no effect. */
function refuseUnknown(key: string, { origin }: Found): void {
	if (!isKnown(key))
		throw new UsageError(
			`${placeOf(origin)}: Galaxy has no such setting; known are dynamic_proxy, ${Object.keys(SETTINGS).join(", ")}`,
		);
}

function isKnown(key: string): boolean {
	return (
		Object.hasOwn(SETTINGS, key) ||
		key === "dynamic_proxy" ||
		FOLDERS.includes(key) ||
		OF_THE_GO_PROXY.test(key)
	);
}

/** Files by which Galaxy itself recognizes its source tree. */
const SOURCE_TREE = [
	"run.sh",
	"lib/galaxy/__init__.py",
	"scripts/common_startup.sh",
];
/** Since this release the session map's path starts at data_dir instead of the root. */
const FROM_DATA_DIR = 20.01;
/** Older paths named data_dir themselves, so Galaxy drops this. */
const OLD_DATA_DIR = /^database\//;

/** Galaxy's root: `root_dir`, else the source tree at the working directory or the file, else the working directory. */
function rootOf(file: string, cwd: string, rootDir: string | undefined) {
	if (rootDir !== undefined) return resolve(cwd, rootDir);
	const near = [cwd, dirname(file), dirname(dirname(file))];
	return near.find(isSourceTree) ?? cwd;
}

/** The absolute path of the session map, resolved as by the release of Galaxy that the file belongs to. */
function sessionMapIn(
	root: string,
	data: string,
	{ value: path, origin }: Setting<string>,
): string {
	if (origin.source === "default") return join(data, path);
	if (releaseOf(root) < FROM_DATA_DIR) return resolve(root, path);
	return resolve(data, path.replace(OLD_DATA_DIR, ""));
}

/** Like the one of environments, but a path that is given starts from the root in all releases. */
function toolMapIn(
	root: string,
	data: string,
	{ value: path, origin }: Setting<string>,
): string {
	if (isUrl(path)) return path;
	return resolve(origin.source === "default" ? data : root, path);
}

function dataDirIn(
	root: string,
	dataDir: string | undefined,
	configDir: string,
): string {
	if (dataDir !== undefined) return resolve(root, dataDir);
	if (isSourceTree(root)) return join(root, "database");
	return resolve(root, configDir, "data");
}

function isSourceTree(folder: string): boolean {
	return SOURCE_TREE.every((path) => existsSync(join(folder, path)));
}

/** 17.09 for Galaxy 17.09; infinity if it is unknown. */
function releaseOf(root: string): number {
	const version = join(root, "lib/galaxy/version.py");
	const text = existsSync(version) ? readFileSync(version, "utf8") : "";
	const release = /^VERSION_MAJOR\s*=\s*["'](\d\d\.\d\d)/m.exec(text);
	return Number(release?.[1] ?? Number.POSITIVE_INFINITY);
}
