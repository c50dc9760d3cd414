import { resolve } from "node:path";
import type { Decision, Mode } from "../mode.js";
import { checkedAddress, readToken, TOKEN_ORIGIN } from "./admin-access.js";
import type * as Cpus from "./cpus.js";
import * as kinds from "./flag-values.js";
import type { GalaxySettings } from "./galaxy.js";
import { galaxyFlags, galaxyIn, modeOfGalaxy } from "./galaxy-flags.js";
import { decideMode, type ModeSigns, modeFlag, modeSigns } from "./mode.js";
import { clientsThatFit } from "./open-files.js";
import { OWN_PAGES_ALLOWED, readOwnPages } from "./own-pages.js";
import { BY_DEFAULT, type Readers, readers } from "./readers.js";
import { type MapSettings, readMap, typedMap } from "./sessions.js";
import {
	checked,
	type Given,
	givenText,
	type Origin,
	placeOf,
	type Surroundings,
	UsageError,
} from "./setting.js";
import { privateTargets, readTools, type ToolsConfig } from "./tools.js";

export { TOKEN_VARIABLE } from "./admin-access.js";
export type { GalaxySettings } from "./galaxy.js";
export type { GravitySettings } from "./gravity.js";
export { ONLY } from "./mode.js";
export * from "./open-files.js";
export { DEFAULTS } from "./readers.js";
export { refuseUrl } from "./sessions.js";
export * from "./setting.js";

/** The daemon's settings: validated, complete, constant. Times are in milliseconds, 0 is never. */
export interface Config extends ToolsConfig, MapSettings {
	/** Which of Galaxy's systems is served; "undecided" until the map has its first table. */
	readonly mode: Mode | "undecided";
	/** The sign that decided the mode, in words for the log. */
	readonly modeSign: string;
	/** Address to listen on. "localhost" is 127.0.0.1 and ::1, if they exist; "unix:/path" is a unix socket, without a port. */
	readonly ip: string;
	/** 0 to 65535; 0 is any free port. */
	readonly port: number;
	/** Name of the cookie whose value is the session key. */
	readonly cookie: string;
	/** Rewrite a Location that names localhost. */
	readonly reverseProxy: boolean;
	readonly verbose: boolean;
	/** "" or "/a/b": with a slash at its start, without one at its end and without double slashes. Outside of it is 404. */
	readonly proxyPrefix: string;
	/**
	 * In the same form, the environments' path on Galaxy's origin: proxyPrefix, or as in Galaxy's file, or "". A front proxy
	 * may remove Galaxy's path from requests, so nothing is refused for being outside of it. Not set by a flag.
	 */
	readonly ownPath: string;
	readonly forwardSessionCookie: boolean;
	/** Whether X-Forwarded-* are added. */
	readonly xForward: boolean;
	/** Addresses, networks ("10.0.0.0/8") and the word "loopback": peers whose X-Forwarded-* are trusted. */
	readonly trustProxy: readonly string[];
	readonly cors: kinds.Cors;
	readonly keepAlive: kinds.KeepAlive;
	/** Names, addresses and networks that rows of the session map may lead to. */
	readonly allowTarget: kinds.AllowTarget;
	/** Names of request fields and cookies that containers do not get, in addition to the table in routing/boundary.ts. */
	readonly withhold: readonly string[];
	/** Whether containers do not get Authorization: Basic. */
	readonly withholdBasic: boolean;
	/** Names in that table that containers get nevertheless. */
	readonly forwardField: readonly string[];
	/** Names of response fields in that table that pass nevertheless. */
	readonly keepField: readonly string[];
	/** Ports of this machine that rows may not lead to: Galaxy's own, as its file names them. Not set by a flag. */
	readonly closedPorts: readonly number[];
	/** Which of several rows with one address and different containers are served. */
	readonly sameAddress: kinds.SameAddress;
	readonly connectTimeoutMs: number;
	readonly headTimeoutMs: number;
	readonly bodyTimeoutMs: number;
	readonly idleTimeoutMs: number;
	readonly responseTimeoutMs: number;
	readonly drainTimeoutMs: number;
	/** Worker processes under a supervisor; undefined for a single process. */
	readonly workers: number | undefined;
	/** Whether to wait for the port while another proxy has it. */
	readonly standby: boolean;
	/** How long a drain goes on accepting. */
	readonly drainDelayMs: number;
	/** How long a drain leaves tunnels open; undefined: not at all after SIGTERM, ROLLING_TUNNELS_MS in a rolling restart. */
	readonly tunnelDrainMs: number | undefined;
	/** Client connections open at a time. */
	readonly maxClients: number;
	readonly logLevel: kinds.LogLevel;
	/** Absolute path; undefined for standard output. */
	readonly logFile: string | undefined;
	/** Absolute path of the folder with the admin's own pages. */
	readonly errorPages: string | undefined;
	/** Address of the admin listener. The path of a unix socket is absolute. */
	readonly admin: kinds.AdminAddress | undefined;
	/** The token for the admin listener. Secret: never shown. */
	readonly adminToken: string | undefined;
}

/** Settings for a command that needs the session map. */
export type MapConfig = Config & { readonly sessions: string };

/** @throws {UsageError} without a session map */
export function withMap(config: Config): MapConfig {
	const { sessions } = config;
	if (sessions === undefined) throw new UsageError(SESSIONS_MISSING);
	return { ...config, sessions };
}

/** The active settings and where they came from. */
export interface Settings {
	readonly config: Config;
	/** By flag in camelCase ("connectTimeout", "noXForward"); one for each field of the Config. */
	readonly origins: ReadonlyMap<string, Origin>;
	/** Galaxy's own; undefined without --config. */
	readonly galaxy: GalaxySettings | undefined;
	/**
	 * The mode with what a look at the map shows: the names of its tables.
	 * @throws {UsageError} if that contradicts the other signs
	 */
	readonly decide: (tables: readonly string[]) => Decision | undefined;
	/** Whether --mode says it, so that no other sign matters. */
	readonly isModeGiven: boolean;
}

/** @throws {UsageError} as readSettings() does */
export function configure(
	given: Given,
	surroundings: Surroundings,
	decision?: Decision,
): Config {
	return readSettings(given, surroundings, decision).config;
}

/**
 * Makes one Config of flags, environment, Galaxy's own settings (with --config) and defaults, in this order.
 * @param known the mode, if it was decided before
 * @throws {UsageError} for an invalid value, an unreadable file, and a missing --sessions
 */
export function readSettings(
	given: Given,
	surroundings: Surroundings,
	known?: Decision,
): Settings {
	const { env, cwd } = surroundings;
	const file = givenText("config", given, surroundings);
	const galaxy =
		file && galaxyIn(checked(kinds.file, file).value, surroundings);
	const origins = new Map<string, Origin>();
	const read = readers(given, surroundings, origins);
	const { value, valueOr, isOn } = read;

	const typed = typedMap(given, surroundings);
	const signs = modeSigns(given, surroundings, typed);
	const ofGalaxy = galaxy && modeOfGalaxy(galaxy, typed !== undefined);
	const decide = (tables: readonly string[]) =>
		decideMode(signs, typed?.value, tables, ofGalaxy);
	const decision = known ?? decide([]);
	value("mode", modeFlag);
	const galaxys = galaxyFlags(galaxy, decision?.mode);
	const usedMap = typed ?? galaxys.sessions;
	origins.set("sessions", usedMap?.origin ?? BY_DEFAULT);
	const map = readMap(usedMap, read, surroundings);
	const { sessions } = map;
	if (sessions === undefined && !mayLackMap(signs, surroundings))
		throw new UsageError(SESSIONS_MISSING);
	if (sessions === undefined && isOn("checkOwner"))
		throw new UsageError(
			"--check-owner needs --sessions: the inner end of a double proxy does not know the tools; give the flag to the outer one",
		);
	const proxyPrefix = valueOr("proxyPrefix", kinds.urlPrefix);
	const logFile = value("logFile", kinds.file);
	const tokenFile = value("adminTokenFile", kinds.file);
	const adminToken = readToken(tokenFile && resolve(cwd, tokenFile), env);
	if (tokenFile === undefined && adminToken !== undefined)
		origins.set("adminTokenFile", TOKEN_ORIGIN);
	const admin = value("admin", kinds.adminAddress);
	const errorPages = value("errorPages", kinds.folder);
	const resolved = (path: string) => resolve(cwd, path);
	const ip = valueOr("ip", kinds.listenAddress, galaxys.ip);
	const config: Config = {
		mode: decision?.mode ?? "undecided",
		modeSign: decision?.sign ?? "nothing",
		ip,
		port: valueOr("port", kinds.port, galaxys.port),
		cookie: valueOr("cookie", kinds.cookieName),
		...map,
		// gx-it-proxy takes the flag too, where it never had an effect.
		reverseProxy:
			isOn("reverseProxy", galaxys.reverseProxy) && decision?.mode !== "gxit",
		verbose: isOn("verbose", galaxys.verbose),
		proxyPrefix,
		ownPath: proxyPrefix || (galaxys.ownPath ?? ""),
		forwardSessionCookie: isOn("forwardSessionCookie"),
		xForward: !isOn("noXForward"),
		trustProxy: valueOr("trustProxy", kinds.peers),
		cors:
			value("cors", kinds.cors) ??
			(decision?.mode === "gxit" ? "none" : "same-host"),
		keepAlive: valueOr("keepAlive", kinds.keepAlive),
		allowTarget:
			sessions === undefined
				? (value("allowTarget", kinds.targets) ?? privateTargets(ip))
				: valueOr("allowTarget", kinds.targets),
		withhold: [
			...valueOr("withhold", kinds.withheldNames),
			...(galaxy ? remoteUserFields(galaxy) : []),
		],
		withholdBasic: isOn("withholdBasic", galaxy?.use_remote_user),
		forwardField: valueOr("forwardField", kinds.fieldNames),
		keepField: valueOr("keepField", kinds.fieldNames),
		closedPorts: galaxy?.ports ?? [],
		sameAddress: valueOr("sameAddress", kinds.sameAddress),
		...readTools(read, galaxys, sessions !== undefined, resolved),
		connectTimeoutMs: valueOr("connectTimeout", kinds.seconds),
		headTimeoutMs: valueOr("headTimeout", kinds.seconds),
		bodyTimeoutMs: valueOr("bodyTimeout", kinds.seconds),
		idleTimeoutMs: valueOr("idleTimeout", kinds.seconds),
		responseTimeoutMs: valueOr("responseTimeout", kinds.seconds),
		drainTimeoutMs: valueOr("drainTimeout", kinds.seconds),
		...readProcesses(read, origins),
		drainDelayMs: valueOr("drainDelay", kinds.duration),
		tunnelDrainMs: value("tunnelDrain", kinds.duration),
		maxClients: value("maxClients", kinds.clients) ?? clientsThatFit(),
		logLevel: valueOr("logLevel", kinds.logLevel),
		logFile: logFile && resolve(cwd, logFile),
		errorPages: errorPages && pagesIn(resolve(cwd, errorPages)),
		admin: admin && checkedAddress(admin, adminToken, cwd),
		adminToken,
	};
	const isModeGiven = signs.explicit !== undefined;
	return { config, origins, galaxy, decide, isModeGiven };
}

/** @throws {UsageError} if both are given */
function readProcesses(
	{ value, isOn }: Readers,
	origins: ReadonlyMap<string, Origin>,
): Pick<Config, "workers" | "standby"> {
	const count = value("workers", kinds.workers);
	const standby = isOn("standby");
	if (standby && count !== undefined) {
		const [first, second] = ["standby", "workers"].map((name) =>
			placeOf(origins.get(name) ?? BY_DEFAULT),
		);
		throw new UsageError(
			`${first} and ${second} exclude each other: where several Galaxy processes each start a proxy, give --standby alone; where one service manager runs the proxy, --workers alone`,
		);
	}
	const workers = count === "auto" ? workersForCpus() : count;
	return { workers, standby };
}

function workersForCpus(): number {
	const { usableCpus }: typeof Cpus = require("./cpus.js");
	return Math.min(usableCpus(), kinds.MOST_WORKERS);
}

/** Reads the folder's pages once, so that a broken page is noticed at the start and not by a user. @returns the folder */
function pagesIn(folder: string): string {
	try {
		readOwnPages(folder);
		return folder;
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw new UsageError(`--error-pages: ${reason}; give ${OWN_PAGES_ALLOWED}`);
	}
}

/** Without a map it would be a proxy for everybody who reaches it, so an inner proxy has to be asked for. */
function mayLackMap(
	{ explicit }: ModeSigns,
	{ program }: Surroundings,
): boolean {
	return explicit ? explicit.mode === "gxit" : program === "gx-it-proxy";
}

const SESSIONS_MISSING =
	"--sessions is missing: give the session map that Galaxy writes (interactivetools_map, or dynamic_proxy_session_map), " +
	"for example --sessions database/interactivetools_map.sqlite, or for a database its URL, or set GALAXY_PROXY_SESSIONS, or give Galaxy's own file with --config; " +
	"the inner end of a double proxy needs --mode gxit";

/** The field that names the user, without WSGI's HTTP_. Remote-User (HTTP_REMOTE_USER) is withheld anyway. */
function remoteUserFields({ remote_user_header }: GalaxySettings): string[] {
	const name = remote_user_header.value.replace(/^HTTP_/i, "");
	return name === "REMOTE_USER" ? [] : [name];
}
