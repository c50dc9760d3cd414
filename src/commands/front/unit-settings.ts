import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
	flagName,
	type Given,
	readSettings,
	type Settings,
	type Surroundings,
	variableName,
} from "../../config.js";
import type { Line } from "../command.js";
import type { FrontOptions } from "./options.js";

/** What a supervisor's unit is made of. Paths are absolute. */
export interface UnitSettings {
	readonly node: string;
	/** lib/main.js of this package. */
	readonly main: string;
	/** Arguments of serving. */
	readonly args: readonly string[];
	/** GALAXY_PROXY_* that are in force besides. */
	readonly env: Readonly<Record<string, string>>;
	readonly user: string;
	/** Galaxy's folder, or "/" where it is not known: no path starts from it. */
	readonly folder: string;
	/** Folders that must stay writable: of the session map, for SQLite's side files, of the log and of a socket. */
	readonly writable: readonly string[];
	/** Whether listening needs a right that a user does not have. */
	readonly lowPort: boolean;
}

/** Flags whose value is a path. */
const PATHS: readonly string[] = [
	"config",
	"sessions",
	"logFile",
	"errorPages",
];
const PATH_VARIABLES = PATHS.map(variableName);
/** Written out with the value in force, typed or not, save where Galaxy's own file has it. */
const WRITTEN = ["sessions", "ip", "port"] as const;
const WRITTEN_VARIABLES = WRITTEN.map(variableName);
/** Below this one, a port is the system's. */
const FIRST_FREE_PORT = 1024;

/** @throws {UsageError} for a value that is not allowed, and where no session map is named */
export function unitSettings(
	options: FrontOptions,
	{ flags, surroundings }: Line,
): UnitSettings {
	const settings = readSettings(flags, surroundings);
	const { config, galaxy } = settings;
	const { cwd } = surroundings;
	const files = [config.sessions];
	if (config.logFile !== null) files.push(config.logFile);
	if (config.ip.startsWith("unix:")) files.push(config.ip.slice(5));
	return {
		node: process.execPath,
		main: fileURLToPath(new URL("../../../lib/main.js", import.meta.url)),
		args: [...written(settings), ...typed(flags, cwd)],
		env: ownVariables(surroundings),
		user: options.user ?? ownerOf(dirname(config.sessions)),
		folder: resolve(cwd, options.galaxyRoot ?? galaxy?.root ?? "/"),
		writable: [...new Set(files.map((file) => dirname(file)))],
		lowPort: config.port > 0 && config.port < FIRST_FREE_PORT,
	};
}

/** What Galaxy's file says is left to it, so that the unit follows when that is edited. */
function written({ config, origins, galaxy }: Settings): string[] {
	return WRITTEN.filter((name) => {
		const { source } = origins.get(name) ?? {};
		return galaxy === null || source === "flag" || source === "environment";
	}).flatMap((name) => [flagName(name), String(config[name])]);
}

function typed(flags: Given, cwd: string): string[] {
	const args: string[] = [];
	for (const [name, value] of Object.entries(flags)) {
		if (WRITTEN.some((other) => other === name)) continue;
		if (value === true) args.push(flagName(name));
		if (typeof value === "string")
			args.push(
				flagName(name),
				PATHS.includes(name) ? resolve(cwd, value) : value,
			);
	}
	return args;
}

function ownVariables({ env, cwd }: Surroundings): Record<string, string> {
	const own: Record<string, string> = {};
	for (const [name, value] of Object.entries(env)) {
		if (!name.startsWith("GALAXY_PROXY_") || !value) continue;
		if (WRITTEN_VARIABLES.includes(name)) continue;
		own[name] = PATH_VARIABLES.includes(name) ? resolve(cwd, value) : value;
	}
	return own;
}

/** Galaxy writes the session map, so the folder's owner is who Galaxy runs as; before there is one, that of the folder above. */
function ownerOf(folder: string): string {
	const { uid } = statSync(folder, { throwIfNoEntry: false }) ?? {};
	return uid === undefined ? ownerOf(dirname(folder)) : nameOf(uid);
}

/** Node has no getpwuid. Both supervisors take a number where the name is not in the file. */
function nameOf(uid: number): string {
	const entry = readFileSync("/etc/passwd", "utf8")
		.split("\n")
		.map((line) => line.split(":"))
		.find((fields) => fields[2] === String(uid));
	return entry?.[0] ?? String(uid);
}
