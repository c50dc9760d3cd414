import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
	type Config,
	givenText,
	readSettings,
	UsageError,
} from "../../config/config.js";
import {
	hostAndPort,
	type Kind,
	listenAddress,
} from "../../config/flag-values.js";
import { readPlainSections, sectionOf } from "../../config/galaxy-file.js";
import { checkedOption, type Line } from "../command.js";
import { type Server, serversOf } from "./servers.js";

/** The kinds of configuration that `front` prints. */
export type Front =
	| "nginx"
	| "apache"
	| "haproxy"
	| "caddy"
	| "traefik"
	| "galaxy"
	| "systemd"
	| "supervisord";

/** Galaxy's two systems. */
export type System = "tools" | "environments";

/** The command's own options, as typed. */
export interface FrontOptions {
	readonly serverName?: string;
	readonly galaxy?: string;
	readonly galaxyRoot?: string;
	readonly user?: string;
	readonly server?: readonly string[];
	readonly for?: System;
}

/** The values in a front proxy's configuration. */
export type FrontSettings = ReturnType<typeof frontSettings>;

/** Below Galaxy's folder. */
const PLUGINS = "config/plugins";
/** Galaxy's defaults of cookie_path and dynamic_proxy_prefix. */
const USUAL_PREFIX = "/gie_proxy";
/** Galaxy's default of interactivetools_prefix, and the path that Galaxy makes of it. */
const USUAL_TOOLS = "interactivetool";
const USUAL_TOOLS_PATH = `/${USUAL_TOOLS}/ep`;
/** Galaxy's address in its documentation of front proxies. */
const USUAL_GALAXY = "localhost:8000";
/** The daemon's ports: gravity's default, and Galaxy's for environments. */
export const USUAL_PORTS = { gxit: 4002, gie: 8800, undecided: 8800 } as const;
/** Gravity's default. */
const GUNICORN = "localhost:8080";
/** nginx's default, and below the daemon's default. */
const LONGEST_IDLE_S = 60;
/** The front proxy closes this much earlier than the daemon. */
const IDLE_MARGIN_S = 5;

const host: Kind<string> = {
	allowed: "a host name or an address",
	read: (text) =>
		text.startsWith("unix:") ? undefined : listenAddress.read(text),
};

const address: Kind<string> = {
	allowed:
		"a host and a port, for example localhost:8000 or [::1]:8000, or unix: and an absolute path of letters, digits and ._@/-",
	read: (text) =>
		(/^unix:\/[\w./@-]+$/.test(text) || hostAndPort(text)) && text,
};

/** @throws {UsageError} for a value that is not allowed, and if Galaxy and the daemon have the same address */
export function frontSettings(options: FrontOptions, line: Line) {
	const { config, galaxy } = readFront(line).settings;
	const { idleTimeoutMs } = config;
	const isForTools = config.mode === "gxit";
	const prefix = config.ownPath || USUAL_PREFIX;
	const toolsPath = config.proxyPathPrefix || USUAL_TOOLS_PATH;
	const above = isForTools ? parentOf(parentOf(toolsPath)) : parentOf(prefix);
	const listens = options.galaxy ?? listeningOf(galaxy?.file) ?? USUAL_GALAXY;
	const galaxyAddress = checkedOption(address, "--galaxy", listens);
	const serverName = checkedOption(
		host,
		"--server-name",
		options.serverName ?? "localhost",
	);
	const servers = serversOf(options.server ?? [], config);
	refuseGalaxys(servers, galaxyAddress, options.server ? undefined : config);
	const { cwd } = line.surroundings;
	const root = options.galaxyRoot ?? galaxy?.root;
	const folder = root === undefined ? "" : resolve(cwd, root, PLUGINS);
	const isServed = options.galaxyRoot !== undefined || existsSync(folder);
	const label = galaxy?.interactivetools_prefix.value ?? labelIn(toolsPath);
	const toolsDomain = `.${label}.${serverName}`;
	const closesAfter = Math.floor(idleTimeoutMs / 1000) - IDLE_MARGIN_S;
	return {
		/** At least one. */
		servers,
		/** Whether the daemons serve Interactive Tools, which have paths and host names of their own. */
		isForTools,
		/** The path, as in URLs, below which requests go to the daemon. */
		prefix,
		/** The same path for tools. */
		toolsPath,
		/** The end of tools' host names, from a dot on. */
		toolsDomain,
		/** Comment lines with the names that DNS and the certificate need for tools. */
		toolsNames: namesOfTools(serverName, toolsDomain),
		/** The cookie whose value is the session key, for environments. */
		cookie: config.cookie,
		serverName,
		/** Galaxy's folder, absolute; undefined if it is unknown. */
		root: root === undefined ? undefined : resolve(cwd, root),
		/** Seconds for which an idle connection to the daemon is kept. The front proxy must close it first. */
		idleSeconds:
			idleTimeoutMs === 0
				? LONGEST_IDLE_S
				: Math.max(1, Math.min(LONGEST_IDLE_S, closesAfter)),
		/** As in URLs; "/" or without a slash at its end. */
		galaxyPath: galaxy?.cookie_path.value ?? above,
		/** host:port or unix:PATH. */
		galaxyAddress,
		/** The folder of its plugins, absolute; empty if the front proxy does not serve their static files. */
		plugins: isServed ? folder : "",
		/** A comment; empty unless Galaxy's file does not know about the front proxy yet. */
		externalProxyHint:
			galaxy?.dynamic_proxy_external_proxy.value === false
				? `# Galaxy's file still sends users to the daemon's own port. Set dynamic_proxy_external_proxy there to send them to ${prefix}.\n`
				: "",
	};
}

/** Galaxy's interactivetools_prefix, from which it makes paths and host names. */
function labelIn(toolsPath: string): string {
	return /\/([\w-]+)\/ep$/.exec(toolsPath)?.[1] ?? USUAL_TOOLS;
}

/** Where gravity, or uWSGI in old releases, lets Galaxy listen; undefined if the file has no section of theirs. */
function listeningOf(file: string | undefined): string | undefined {
	if (file === undefined) return undefined;
	const { gravity, uwsgi } = readPlainSections(file);
	if (gravity === undefined) {
		const { http } = sectionOf(uwsgi);
		return typeof http === "string" ? onThisHost(http) : undefined;
	}
	const [section] = [sectionOf([gravity].flat()[0]).gunicorn].flat();
	const { bind } = sectionOf(section);
	return typeof bind === "string" && bind !== "" ? onThisHost(bind) : GUNICORN;
}

function onThisHost(address: string): string {
	return address.replace(/^(0\.0\.0\.0|\[::\])?:/, "localhost:");
}

/** The labels below which Galaxy puts tools by domain, from 23.2 on and before; a wildcard stands for one label only. */
function namesOfTools(serverName: string, domain: string): string {
	return `# DNS and the certificate need these two names, since a wildcard stands for one label only:
#   ${serverName}
#   *.ep${domain}
# Galaxy before 23.2 has *.interactivetoolentrypoint${domain} instead, or with
# interactivetools_shorten_url *${domain}. Tools by path need no name of their own.
`;
}

/** The path without its last segment; "/" if only one exists. */
function parentOf(path: string): string {
	return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** The active settings. A front proxy's configuration needs no map, so a missing map is replaced by a placeholder. */
export function readFront({ flags, surroundings }: Line) {
	const hasMap = ["sessions", "sessionsFile", "config"].some((name) =>
		givenText(name, flags, surroundings),
	);
	const given = hasMap ? flags : { ...flags, sessions: "map.sqlite" };
	return { settings: readSettings(given, surroundings), hasMap };
}

/** @param config of the daemon, if --server names none. @throws {UsageError} if Galaxy has a daemon's address, on this host */
function refuseGalaxys(
	servers: readonly Server[],
	galaxy: string,
	config: Config | undefined,
): void {
	const local = galaxy.replace(/^localhost:/, "127.0.0.1:");
	if (config !== undefined && isSame(config, galaxy))
		throw new UsageError(
			`--port ${config.port} is where Galaxy itself listens (--galaxy ${galaxy}); give the daemon's, usually --port ${USUAL_PORTS[config.mode]}, or Galaxy's`,
		);
	if (config === undefined && servers.some(({ at }) => at === local))
		throw new UsageError(
			`--server ${local} is where Galaxy itself listens (--galaxy ${galaxy}); give the daemon's, or Galaxy's`,
		);
}

/** Whether Galaxy's address is the daemon's, both on this host. */
function isSame({ ip, port }: Config, address: string): boolean {
	return (
		(address === `localhost:${port}` || address === `127.0.0.1:${port}`) &&
		/^(localhost|0\.0\.0\.0|::|::1|127\..*)$/.test(ip)
	);
}
