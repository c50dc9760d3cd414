import { readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, join, resolve } from "node:path";
import {
	type Config,
	flagName,
	type Origin,
	readSettings,
	type Settings,
	TOKEN_VARIABLE,
	UsageError,
	variableName,
} from "../../config/config.js";
import { PARAMETERS } from "../../config/database-parameters.js";
import { hasSecret, isDatabaseUrl } from "../../database.js";
import { authorityOf } from "../../http1/request-head.js";
import { GRACE_MS } from "../../limits.js";
import { UNIX } from "../../listening/listen.js";
import type { Line } from "../command.js";
import { socketPathOf } from "../proxy-address.js";
import type { FrontOptions } from "./front-settings.js";

/** The values in a supervisor's unit. Paths are absolute. */
export type UnitSettings = ReturnType<typeof unitSettings>;

/** Flags whose value is a path, or may be the path of a socket. */
const PATHS = [
	"config",
	"sessions",
	"sessionsFile",
	"logFile",
	"errorPages",
	"adminTokenFile",
	"forwardSecretFile",
];
const PATH_NAMES = [...PATHS, ...PATHS.map(variableName)];
const SOCKET_NAMES = ["admin", variableName("admin")];
const LIBPQ_PATHS = [
	"PGPASSFILE",
	"PGSERVICEFILE",
	"PGSSLROOTCERT",
	"PGSSLCERT",
	"PGSSLKEY",
	"PGSSLCRL",
];
/** Flags that the unit always shows with their active values, unless Galaxy's file sets them. */
const WRITTEN = ["sessions", "ip", "port"] as const;
/** Seconds from the end of the drain to the exit, with a reserve. */
const STOP_MARGIN_S = 2;
/** Ports below it are privileged. */
const FIRST_FREE_PORT = 1024;

/** @throws {UsageError} for a value that is not allowed, and without a session map unless it is an inner proxy's */
export function unitSettings(
	options: FrontOptions,
	{ flags, surroundings }: Line,
) {
	const settings = readSettings(flags, surroundings);
	const { config, galaxy } = settings;
	const { cwd, env } = surroundings;
	if (env[TOKEN_VARIABLE])
		throw new UsageError(
			`${TOKEN_VARIABLE} would be in the unit, which everybody may read: put the token into a file and give --admin-token-file`,
		);
	refuseSecrets({ flags, surroundings });
	const { admin, database } = config;
	const files = [
		database ? [] : (config.sessions ?? []),
		config.logFile ?? [],
		admin?.kind === "unix" ? admin.path : [],
	].flat();
	const { port, sessions } = config;
	return {
		system:
			config.mode === "gxit" ? "Interactive Tools" : "Interactive Environments",
		node: process.execPath,
		main: mainOf(process.argv[1] ?? ""),
		/** The daemon's arguments. */
		args: [
			...modeFlag(settings),
			...writtenFlags(settings),
			...typedFlags(flags, cwd),
		],
		/** The other active settings, as GALAXY_PROXY_*. */
		env: { ...variables(surroundings), ...(database && ofLibpq(surroundings)) },
		user:
			options.user ??
			ownerOf(database || sessions === undefined ? cwd : dirname(sessions)),
		/** Galaxy's folder, or "/" if it is unknown: no path starts from it. */
		folder: resolve(cwd, options.galaxyRoot ?? galaxy?.root ?? "/"),
		hasWorkers: config.workers !== undefined,
		/** Addresses for systemd to listen on, as in ListenStream=; empty if it cannot, and for a standby, which waits for its address. */
		streams: config.standby ? [] : streamsOf(config),
		isStandby: config.standby,
		/** One of them is the IPv6 wildcard, which serves IPv4 too. */
		isDualStack: config.ip === "::",
		/** Folders that must stay writable: of the session map, for SQLite's side files, of the log and of the admin's socket. */
		writable: [...new Set(files.map((file) => dirname(file)))],
		/** Seconds that a supervisor must wait before it kills; Infinity if the drain has no limit. */
		stopSeconds: stopSecondsOf(config),
		/** The daemon needs a privilege to listen. */
		isLowPort: port > 0 && port < FIRST_FREE_PORT,
	};
}

function stopSecondsOf({
	drainDelayMs,
	drainTimeoutMs,
	tunnelDrainMs = 0,
}: Config): number {
	if (drainTimeoutMs === 0) return Number.POSITIVE_INFINITY;
	const drainMs =
		drainDelayMs + Math.max(drainTimeoutMs, GRACE_MS) + tunnelDrainMs;
	return Math.ceil(drainMs / 1000) + STOP_MARGIN_S;
}

/** systemd listens on addresses and paths, not on names, and not on any free port. */
function streamsOf(config: Config): string[] {
	const path = socketPathOf(config);
	if (path !== undefined) return [path];
	const { ip, port } = config;
	const hosts = ip === "localhost" ? ["127.0.0.1", "::1"] : [ip];
	return hosts
		.filter((host) => isIP(host) !== 0 && port > 0)
		.map((host) => authorityOf({ host, port }));
}

/**
 * This package's program, by the path that the command was called by: a symbolic link to the package's folder stays in it, so
 * that the unit finds the next version there.
 * @param script absolute, as Node has it in process.argv: its links are not resolved
 */
function mainOf(script: string): string {
	const main = resolve(__dirname, "../../../lib/main.js");
	const path = join(dirname(script), "../lib/main.js");
	try {
		if (realpathSync(path) === main) return path;
	} catch {
		// The script is a link in another folder, as npm's links are.
	}
	try {
		return mainOf(resolve(dirname(script), readlinkSync(script)));
	} catch {
		return main;
	}
}

/** A unit runs lib/main.js, whose name does not show the mode. */
function modeFlag({ config, isModeGiven }: Settings): string[] {
	const isNeeded = config.mode === "gxit" && !isModeGiven;
	return isNeeded ? ["--mode", config.mode] : [];
}

/** Values from Galaxy's file are left out, so that the unit follows when the file is edited. */
function writtenFlags({ config, origins, galaxy }: Settings): string[] {
	return WRITTEN.filter((name) => {
		const { source = "default" } = origins.get(name) ?? {};
		if (config[name] === undefined) return false;
		// The variable contains the URL with its password.
		if (name === "sessions" && isOfFile(origins.get(name))) return false;
		return !galaxy || source === "flag" || source === "environment";
	}).flatMap((name) => [flagName(name), String(config[name])]);
}

function isOfFile(origin: Origin | undefined): boolean {
	const names = [flagName("sessionsFile"), variableName("sessionsFile")];
	return (
		origin !== undefined && "name" in origin && names.includes(origin.name)
	);
}

/** @throws {UsageError} for a password that would be in the unit */
function refuseSecrets({ flags, surroundings: { env } }: Line): void {
	const urls = [flags.sessions, env[variableName("sessions")]];
	const isOpen = urls.every(
		(url) => typeof url !== "string" || !isDatabaseUrl(url) || !hasSecret(url),
	);
	if (!isOpen)
		throw new UsageError(
			"the database's password would be in the unit, which everybody may read: put the URL into a file and give --sessions-file, or use a password file",
		);
}

/** The variables of libpq's that say where the database is. */
function ofLibpq({ env, cwd }: Line["surroundings"]): Record<string, string> {
	if (env.PGPASSWORD)
		throw new UsageError(
			"PGPASSWORD would be in the unit, which everybody may read: put the password into a password file, and name it in PGPASSFILE",
		);
	const found = Object.values(PARAMETERS).flatMap(({ variable = "" }) => {
		const value = env[variable];
		if (!value) return [];
		const isPath = LIBPQ_PATHS.includes(variable) && value !== "system";
		return [[variable, isPath ? resolve(cwd, value) : value] as const];
	});
	return Object.fromEntries(found);
}

function typedFlags(flags: Line["flags"], cwd: string): string[] {
	return Object.entries(flags).flatMap(([name, value]) => {
		if (WRITTEN.some((other) => other === name)) return [];
		if (value === true) return [flagName(name)];
		return typeof value === "string"
			? [flagName(name), absolute(name, value, cwd)]
			: [];
	});
}

function variables({ env, cwd }: Line["surroundings"]) {
	const written = WRITTEN.map(variableName);
	const own = Object.entries(env).flatMap(([name, value]) =>
		name.startsWith("GALAXY_PROXY_") && value && !written.includes(name)
			? [[name, absolute(name, value, cwd)] as const]
			: [],
	);
	return Object.fromEntries(own);
}

/** Paths start from the folder of this command, not from the unit's. */
function absolute(name: string, value: string, cwd: string): string {
	if (PATH_NAMES.includes(name)) return resolve(cwd, value);
	return SOCKET_NAMES.includes(name) && value.startsWith(UNIX)
		? UNIX + resolve(cwd, value.slice(UNIX.length))
		: value;
}

/** Galaxy writes the session map, so the folder's owner is Galaxy's account. A folder that is missing belongs to the owner of the one above. */
function ownerOf(folder: string): string {
	const { uid } = statSync(folder, { throwIfNoEntry: false }) ?? {};
	if (uid === undefined) return ownerOf(dirname(folder));
	// Node has no getpwuid. Both supervisors accept a number for a name that is not in the file.
	const entry = readFileSync("/etc/passwd", "utf8")
		.split("\n")
		.map((line) => line.split(":"))
		.find((fields) => fields[2] === String(uid));
	return entry?.[0] ?? String(uid);
}
