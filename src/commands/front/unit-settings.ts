import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
	flagName,
	type Given,
	readSettings,
	type Settings,
	type Surroundings,
	TOKEN_VARIABLE,
	UsageError,
	variableName,
} from "../../config/config.js";
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
	/** Seconds for which a supervisor must wait before it kills; Infinity where the drain may take for ever. */
	readonly stopSeconds: number;
	/** Whether listening needs a right that a user does not have. */
	readonly lowPort: boolean;
}

/** Flags whose value is a path. */
const PATHS: readonly string[] = [
	"config",
	"sessions",
	"logFile",
	"errorPages",
	"adminTokenFile",
];
const PATH_VARIABLES = PATHS.map(variableName);
/** Written out with the value in force, typed or not, save where Galaxy's own file has it. */
const WRITTEN = ["sessions", "ip", "port"] as const;
const WRITTEN_VARIABLES = WRITTEN.map(variableName);
const SOCKETS: readonly string[] = ["admin", variableName("admin")];
const UNIX = "unix:";
/** Seconds from the drain's end to the exit, with much in hand. */
const STOP_MARGIN_S = 2;
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
	if (config.logFile !== undefined) files.push(config.logFile);
	if (config.ip.startsWith("unix:")) files.push(config.ip.slice(5));
	if (config.admin?.kind === "unix") files.push(config.admin.path);
	if (surroundings.env[TOKEN_VARIABLE])
		throw new UsageError(
			`${TOKEN_VARIABLE} would stand in the unit, for everybody to read: put the token into a file and give --admin-token-file`,
		);
	return {
		node: process.execPath,
		main: resolve(__dirname, "../../../lib/main.js"),
		args: [...written(settings), ...typed(flags, cwd)],
		env: ownVariables(surroundings),
		user: options.user ?? ownerOf(dirname(config.sessions)),
		folder: resolve(cwd, options.galaxyRoot ?? galaxy?.root ?? "/"),
		writable: [...new Set(files.map((file) => dirname(file)))],
		stopSeconds: stopSecondsOf(config.drainTimeoutMs),
		lowPort: config.port > 0 && config.port < FIRST_FREE_PORT,
	};
}

/** What Galaxy's file says is left to it, so that the unit follows when that is edited. */
function written({ config, origins, galaxy }: Settings): string[] {
	return WRITTEN.filter((name) => {
		const { source } = origins.get(name) ?? {};
		return (
			galaxy === undefined || source === "flag" || source === "environment"
		);
	}).flatMap((name) => [flagName(name), String(config[name])]);
}

function typed(flags: Given, cwd: string): string[] {
	const args: string[] = [];
	for (const [name, value] of Object.entries(flags)) {
		if (WRITTEN.some((other) => other === name)) continue;
		if (value === true) args.push(flagName(name));
		if (typeof value === "string")
			args.push(flagName(name), absolute(name, value, cwd));
	}
	return args;
}

function ownVariables({ env, cwd }: Surroundings): Record<string, string> {
	const own: Record<string, string> = {};
	for (const [name, value] of Object.entries(env)) {
		if (!name.startsWith("GALAXY_PROXY_") || !value) continue;
		if (WRITTEN_VARIABLES.includes(name)) continue;
		own[name] = absolute(name, value, cwd);
	}
	return own;
}

/** Paths start from where this command runs, not from the unit's folder. */
function absolute(name: string, value: string, cwd: string): string {
	if (PATHS.includes(name) || PATH_VARIABLES.includes(name))
		return resolve(cwd, value);
	if (!SOCKETS.includes(name) || !value.startsWith(UNIX)) return value;
	return UNIX + resolve(cwd, value.slice(UNIX.length));
}

function stopSecondsOf(drainMs: number): number {
	return drainMs === 0
		? Number.POSITIVE_INFINITY
		: Math.ceil(drainMs / 1000) + STOP_MARGIN_S;
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
