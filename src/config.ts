import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type {
	AllowTarget,
	Cors,
	KeepAlive,
	Kind,
	LogLevel,
} from "./flag-values.js";
import * as kinds from "./flag-values.js";

/** What the daemon runs with: validated, complete, the same for its whole life. Times are milliseconds, 0 is never. */
export interface Config {
	/** Where to listen. "localhost" is 127.0.0.1 and ::1, whichever exist. */
	readonly ip: string;
	/** 0 to 65535; 0 is any free port. */
	readonly port: number;
	/** Name of the cookie that tells a session. */
	readonly cookie: string;
	/** Absolute path of the session map. */
	readonly sessions: string;
	/** Rewrite a Location that names localhost. */
	readonly reverseProxy: boolean;
	readonly verbose: boolean;
	/** "" or "/a/b": slash at its head, none at its end, none doubled. */
	readonly proxyPrefix: string;
	readonly forwardSessionCookie: boolean;
	/** Whether X-Forwarded-* are added. */
	readonly xForward: boolean;
	/** Addresses, networks ("10.0.0.0/8") and the word "loopback": peers whose X-Forwarded-* are believed. */
	readonly trustProxy: readonly string[];
	readonly cors: Cors;
	readonly keepAlive: KeepAlive;
	/** Names, addresses and networks that rows of the session map may lead to. */
	readonly allowTarget: AllowTarget;
	readonly connectTimeoutMs: number;
	readonly headTimeoutMs: number;
	readonly bodyTimeoutMs: number;
	readonly idleTimeoutMs: number;
	readonly responseTimeoutMs: number;
	readonly drainTimeoutMs: number;
	/** Client connections open at a time. */
	readonly maxClients: number;
	readonly logLevel: LogLevel;
	/** Absolute path, or null for standard output. */
	readonly logFile: string | null;
}

/** What was typed or set cannot be used; the message names where it stands and what is allowed. Exit code 2. */
export class UsageError extends Error {}

/** What every flag that takes a value is without it. The help shows these. */
export const DEFAULTS = {
	ip: "localhost",
	port: "8000",
	cookie: "galaxysession",
	proxyPrefix: "",
	trustProxy: "loopback",
	cors: "same-host",
	keepAlive: "auto",
	allowTarget: "any",
	connectTimeout: "5",
	headTimeout: "30",
	bodyTimeout: "120",
	// Above the 60 s that nginx and Amazon's load balancer keep an idle connection, so that they end it, not we.
	idleTimeout: "75",
	responseTimeout: "0",
	// Below the 10 s after which supervisord, gravity and many systemd units kill.
	drainTimeout: "8",
	logLevel: "info",
} as const;

/** Flags by their camelCase name: text, or true for a flag without a value. */
export type Given = Readonly<Record<string, string | boolean | undefined>>;

export interface Surroundings {
	/** Of it, GALAXY_PROXY_* are read; an empty one counts as not set. */
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Relative paths start here. */
	readonly cwd: string;
}

/**
 * Joins flags and environment, flags first, into one Config.
 * @throws {UsageError} for a value that is not allowed, and where --sessions is missing
 */
export function configure(given: Given, { env, cwd }: Surroundings): Config {
	function value<T>(name: string, kind: Kind<T>): T | undefined {
		const typed = given[name];
		if (typeof typed === "string") return checked(kind, typed, flagName(name));
		const set = env[variableName(name)];
		if (set) return checked(kind, set, variableName(name));
		return undefined;
	}
	function valueOr<T>(name: keyof typeof DEFAULTS, kind: Kind<T>): T {
		return (
			value(name, kind) ?? checked(kind, DEFAULTS[name], "the default value")
		);
	}
	function isOn(name: string): boolean {
		const set = env[variableName(name)] ?? "";
		return (
			given[name] === true || checked(kinds.onOff, set, variableName(name))
		);
	}

	const sessions = value("sessions", kinds.file);
	if (sessions === undefined) throw new UsageError(SESSIONS_MISSING);
	const logFile = value("logFile", kinds.file);
	return {
		ip: valueOr("ip", kinds.listenAddress),
		port: valueOr("port", kinds.port),
		cookie: valueOr("cookie", kinds.cookieName),
		sessions: resolve(cwd, sessions),
		reverseProxy: isOn("reverseProxy"),
		verbose: isOn("verbose"),
		proxyPrefix: valueOr("proxyPrefix", kinds.urlPrefix),
		forwardSessionCookie: isOn("forwardSessionCookie"),
		xForward: !isOn("noXForward"),
		trustProxy: valueOr("trustProxy", kinds.peers),
		cors: valueOr("cors", kinds.cors),
		keepAlive: valueOr("keepAlive", kinds.keepAlive),
		allowTarget: valueOr("allowTarget", kinds.targets),
		connectTimeoutMs: valueOr("connectTimeout", kinds.seconds),
		headTimeoutMs: valueOr("headTimeout", kinds.seconds),
		bodyTimeoutMs: valueOr("bodyTimeout", kinds.seconds),
		idleTimeoutMs: valueOr("idleTimeout", kinds.seconds),
		responseTimeoutMs: valueOr("responseTimeout", kinds.seconds),
		drainTimeoutMs: valueOr("drainTimeout", kinds.seconds),
		maxClients: value("maxClients", kinds.clients) ?? clientsThatFit(),
		logLevel: valueOr("logLevel", kinds.logLevel),
		logFile: logFile === undefined ? null : resolve(cwd, logFile),
	};
}

/** "proxyPrefix" is set by GALAXY_PROXY_PROXY_PREFIX. */
export function variableName(name: string): string {
	return `GALAXY_PROXY_${kebab(name).replaceAll("-", "_").toUpperCase()}`;
}

const SESSIONS_MISSING =
	"--sessions is missing: give the session map that Galaxy writes (dynamic_proxy_session_map), " +
	"for example --sessions database/session_map.sqlite, or set GALAXY_PROXY_SESSIONS";

function flagName(name: string): string {
	return `--${kebab(name)}`;
}

function kebab(name: string): string {
	return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function checked<T>(kind: Kind<T>, text: string, where: string): T {
	const value = kind.read(text);
	if (value === undefined)
		throw new UsageError(
			`${where}: ${JSON.stringify(text)} is not allowed; give ${kind.allowed}`,
		);
	return value;
}

/** Descriptors that are not clients' or containers': listeners, map, log, and what Node itself opens. */
const OWN_DESCRIPTORS = 64;
/** Linux alone has it. */
const LIMITS = "/proc/self/limits";
/** Where the limit cannot be read, or there is none: what a usual system allows. */
const USUAL_OPEN_FILES = 4096;

/** Clients that the open file limit carries: each takes two descriptors, its own and its container's. */
export function clientsThatFit(): number {
	return Math.max(1, Math.floor((openFileLimit() - OWN_DESCRIPTORS) / 2));
}

function openFileLimit(): number {
	if (!existsSync(LIMITS)) return USUAL_OPEN_FILES;
	const limits = readFileSync(LIMITS, "latin1");
	// Soft limit first. Node itself has raised it to the hard one at its start.
	const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
	return soft === undefined ? USUAL_OPEN_FILES : Number(soft);
}
