import { existsSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join, resolve } from "node:path";
import {
	type Config,
	environmentsPath,
	type GalaxySettings,
	type Given,
	givenText,
	readSettings,
	type Surroundings,
	UsageError,
} from "../../config/config.js";
import { type Kind, listenAddress } from "../../config/flag-values.js";
import type { Line } from "../command.js";
import type { FrontOptions } from "./options.js";

/** What a front proxy's configuration is made of. */
export interface FrontSettings {
	/** host:port where the front proxy reaches the daemon, or "unix:/path". */
	readonly proxy: string;
	/** The path below which requests are the daemon's, as it stands in URLs. */
	readonly prefix: string;
	readonly serverName: string;
	/** Seconds that an idle connection to the daemon is kept: it must be the front proxy that ends it. */
	readonly idleSeconds: number;
	readonly galaxy: {
		/** As it stands in URLs; "/" or without a slash at its end. */
		readonly path: string;
		/** host:port. */
		readonly address: string;
		/** Absolute; null where its static files are not served by the front proxy. */
		readonly root: string | null;
		/** Its file does not say yet that there is a front proxy. */
		readonly sendsUsersElsewhere: boolean;
	};
}

/** Below Galaxy's folder. */
export const PLUGINS = "config/plugins";
/** Galaxy's own defaults of cookie_path and dynamic_proxy_prefix. */
const USUAL_PREFIX = "/gie_proxy";
/** Where Galaxy's documentation has Galaxy behind a front proxy. */
const USUAL_GALAXY = "localhost:8000";
/** nginx's own default, and below the daemon's 75 s. */
const LONGEST_IDLE_S = 60;
/** What the front proxy ends earlier than the daemon. */
const IDLE_MARGIN_S = 5;

/** @throws {UsageError} for a value that is not allowed, and where Galaxy and the daemon have one address */
export function frontSettings(
	options: FrontOptions,
	{ flags, surroundings }: Line,
): FrontSettings {
	const { config, galaxy } = readSettings(
		withSessions(flags, surroundings),
		surroundings,
	);
	const prefix =
		config.proxyPrefix || (galaxy && environmentsPath(galaxy)) || USUAL_PREFIX;
	const proxy = reached(config);
	const address = galaxyAddress(options.galaxy ?? USUAL_GALAXY);
	if (/^(localhost|127\.0\.0\.1):/.test(address) && isHere(config, address))
		throw new UsageError(
			`--port ${config.port} is where Galaxy itself listens (--galaxy ${address}); give the daemon's, usually --port 8800, or Galaxy's`,
		);
	return {
		proxy,
		prefix,
		serverName: checked(
			host,
			options.serverName ?? "localhost",
			"--server-name",
		),
		idleSeconds: idleSeconds(config.idleTimeoutMs),
		galaxy: {
			path:
				galaxy?.cookie_path.value ??
				(prefix.slice(0, prefix.lastIndexOf("/")) || "/"),
			address,
			root: rootOf(options, galaxy, surroundings),
			sendsUsersElsewhere: galaxy?.dynamic_proxy_external_proxy.value === false,
		},
	};
}

/** A comment for who has not told Galaxy yet. */
export function notYetExternal({ galaxy, prefix }: FrontSettings): string {
	if (!galaxy.sendsUsersElsewhere) return "";
	return `# Galaxy's file still sends users to the daemon's own port: set dynamic_proxy_external_proxy there, for users to come to ${prefix}.\n`;
}

/** The session map has no part in a front proxy's configuration, and must not be asked for. */
function withSessions(flags: Given, surroundings: Surroundings): Given {
	const isNamed = ["sessions", "config"].some((name) =>
		givenText(name, flags, surroundings),
	);
	return isNamed ? flags : { ...flags, sessions: "session_map.sqlite" };
}

function rootOf(
	{ galaxyRoot }: FrontOptions,
	galaxy: GalaxySettings | undefined,
	{ cwd }: Surroundings,
): string | null {
	if (galaxyRoot !== undefined) return resolve(cwd, galaxyRoot);
	const hasPlugins =
		galaxy !== undefined && existsSync(join(galaxy.root, PLUGINS));
	return hasPlugins ? galaxy.root : null;
}

/** Front proxies compare a location with the decoded path; what is no valid escape stays as it is. */
export function decoded(path: string): string {
	try {
		return decodeURIComponent(path);
	} catch (error) {
		if (error instanceof URIError) return path;
		throw error;
	}
}

/** Numbers, because localhost may be ::1 too, where a daemon on 0.0.0.0 does not listen. */
function reached({ ip, port }: Config): string {
	if (ip.startsWith("unix:")) return ip;
	if (ip === "0.0.0.0" || ip === "localhost") return `127.0.0.1:${port}`;
	if (ip === "::") return `[::1]:${port}`;
	return isIPv6(ip) ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function isHere(config: Config, address: string): boolean {
	return address.endsWith(`:${config.port}`) && isLocal(config.ip);
}

function isLocal(ip: string): boolean {
	return /^(localhost|0\.0\.0\.0|::|::1|127\..*)$/.test(ip);
}

function idleSeconds(idleTimeoutMs: number): number {
	if (idleTimeoutMs === 0) return LONGEST_IDLE_S;
	const shorter = Math.floor(idleTimeoutMs / 1000) - IDLE_MARGIN_S;
	return Math.max(1, Math.min(LONGEST_IDLE_S, shorter));
}

const host: Kind<string> = {
	allowed: "a host name or an address",
	read: (text) =>
		text.startsWith("unix:") ? undefined : listenAddress.read(text),
};

const address: Kind<string> = {
	allowed: "a host and a port, for example localhost:8000 or [::1]:8000",
	read(text) {
		const [, name = "", port = ""] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
		const bare = /^\[(.*)\]$/.exec(name)?.[1] ?? name;
		const bracketed = bare !== name;
		const isGood = host.read(bare) !== undefined && isIPv6(bare) === bracketed;
		return isGood && Number(port) <= 65535 ? text : undefined;
	},
};

function galaxyAddress(text: string): string {
	return checked(address, text, "--galaxy");
}

function checked<T>(kind: Kind<T>, text: string, where: string): T {
	const value = kind.read(text);
	if (value !== undefined) return value;
	throw new UsageError(
		`${where}: ${JSON.stringify(text)} is not allowed; give ${kind.allowed}`,
	);
}
