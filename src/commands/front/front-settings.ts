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
import { checkedOption, type Line } from "../command.js";
import { localAuthority } from "../proxy-address.js";

/** What `front` prints. */
export type Front = "nginx" | "apache" | "systemd" | "supervisord";

/** The command's own options, as typed. */
export interface FrontOptions {
	readonly serverName?: string;
	readonly galaxy?: string;
	readonly galaxyRoot?: string;
	readonly user?: string;
}

/** The values in a front proxy's configuration. */
export type FrontSettings = ReturnType<typeof frontSettings>;

/** Below Galaxy's folder. */
const PLUGINS = "config/plugins";
/** Galaxy's defaults of cookie_path and dynamic_proxy_prefix. */
const USUAL_PREFIX = "/gie_proxy";
/** Galaxy's address in its documentation of front proxies. */
const USUAL_GALAXY = "localhost:8000";
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
	allowed: "a host and a port, for example localhost:8000 or [::1]:8000",
	read: (text) => hostAndPort(text) && text,
};

/** @throws {UsageError} for a value that is not allowed, and if Galaxy and the daemon have the same address */
export function frontSettings(options: FrontOptions, line: Line) {
	const { config, galaxy } = readSettings(flagsOf(line), line.surroundings);
	const { port, idleTimeoutMs } = config;
	const prefix = config.ownPath || USUAL_PREFIX;
	const above = prefix.slice(0, prefix.lastIndexOf("/")) || "/";
	const { galaxy: listens = USUAL_GALAXY, serverName = "localhost" } = options;
	const galaxyAddress = checkedOption(address, "--galaxy", listens);
	if (isSame(config, galaxyAddress))
		throw new UsageError(
			`--port ${port} is where Galaxy itself listens (--galaxy ${galaxyAddress}); give the daemon's, usually --port 8800, or Galaxy's`,
		);
	const { cwd } = line.surroundings;
	const root = options.galaxyRoot ?? galaxy?.root;
	const folder = root === undefined ? "" : resolve(cwd, root, PLUGINS);
	const isServed = options.galaxyRoot !== undefined || existsSync(folder);
	const closesAfter = Math.floor(idleTimeoutMs / 1000) - IDLE_MARGIN_S;
	return {
		/** host:port where the front proxy reaches the daemon, or "unix:/path". */
		proxy: localAuthority(config),
		/** The path, as in URLs, below which requests go to the daemon. */
		prefix,
		serverName: checkedOption(host, "--server-name", serverName),
		/** Seconds for which an idle connection to the daemon is kept. The front proxy must close it first. */
		idleSeconds:
			idleTimeoutMs === 0
				? LONGEST_IDLE_S
				: Math.max(1, Math.min(LONGEST_IDLE_S, closesAfter)),
		/** As in URLs; "/" or without a slash at its end. */
		galaxyPath: galaxy?.cookie_path.value ?? above,
		/** host:port. */
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

/** A front proxy's configuration does not contain the session map, so --sessions is not required. */
function flagsOf({ flags, surroundings }: Line): Line["flags"] {
	const isNamed = ["sessions", "config"].some((name) =>
		givenText(name, flags, surroundings),
	);
	return isNamed ? flags : { ...flags, sessions: "session_map.sqlite" };
}

/** Whether Galaxy's address is the daemon's, both on this host. */
function isSame({ ip, port }: Config, address: string): boolean {
	return (
		(address === `localhost:${port}` || address === `127.0.0.1:${port}`) &&
		/^(localhost|0\.0\.0\.0|::|::1|127\..*)$/.test(ip)
	);
}
