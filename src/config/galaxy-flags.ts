import { resolve } from "node:path";
import { isDatabaseUrl } from "../database.js";
import type { Decision, Mode } from "../mode.js";
import type { Kind } from "./flag-values.js";
import type * as Galaxy from "./galaxy.js";
import {
	checked,
	type Origin,
	placeOf,
	type Setting,
	type Surroundings,
	UsageError,
} from "./setting.js";

type GalaxySettings = Galaxy.GalaxySettings;

/** Reads Galaxy's file, with code that is loaded only now, synchronously. @throws {UsageError} */
export function galaxyIn(
	file: string,
	surroundings: Surroundings,
): GalaxySettings {
	const { readGalaxy }: typeof Galaxy = require("./galaxy.js");
	return readGalaxy(file, surroundings);
}

/** The values that Galaxy's file gives to flags. */
export interface GalaxyFlags {
	readonly ip?: Setting<string> | undefined;
	readonly port?: Setting<number> | undefined;
	readonly sessions?: Setting<string> | undefined;
	readonly reverseProxy?: Setting<boolean> | undefined;
	readonly verbose?: Setting<boolean> | undefined;
	readonly proxyPathPrefix?: Setting<string> | undefined;
	readonly forwardIp?: Setting<string> | undefined;
	readonly forwardPort?: Setting<number> | undefined;
	/** Not a flag: the environments' path on Galaxy's origin. */
	readonly ownPath?: string;
}

/** The values for a mode; for an undecided one as for environments. */
export function galaxyFlags(
	galaxy: GalaxySettings | undefined,
	mode: Mode | undefined,
): GalaxyFlags {
	if (galaxy === undefined) return {};
	if (mode === "gxit") return ofTools(galaxy);
	refuseGoProxy(galaxy);
	return {
		ip: galaxy.dynamic_proxy_bind_ip,
		port: galaxy.dynamic_proxy_bind_port,
		sessions: galaxy.dynamic_proxy_session_map,
		reverseProxy: ALWAYS_BY_GALAXY,
		verbose: galaxy.dynamic_proxy_debug,
		ownPath: environmentsPath(galaxy),
	};
}

const nodeProxy: Kind<string> = {
	allowed: "node, since for golang Galaxy writes no session map",
	read: (text) => (text === "node" ? text : undefined),
};

/** For environments alone. @throws {UsageError} if Galaxy uses another proxy for them */
function refuseGoProxy({ dynamic_proxy: proxy }: GalaxySettings): void {
	if (proxy !== undefined) checked(nodeProxy, proxy);
}

/** The path below which Galaxy's environments are: "/galaxy/gie_proxy", with or without a web server in front. */
function environmentsPath(galaxy: GalaxySettings): string {
	const path = `${galaxy.cookie_path.value}/${galaxy.dynamic_proxy_prefix.value}`;
	return path.replace(/\/+/g, "/").replace(/\/$/, "");
}

/** Galaxy always starts its proxy with --reverseProxy, so a proxy with Galaxy's settings has it too. */
const ALWAYS_BY_GALAXY: Setting<boolean> = {
	value: true,
	origin: { source: "default", of: "Galaxy" },
};

function ofTools(galaxy: GalaxySettings): GalaxyFlags {
	const { gravity, interactivetools_base_path: base } = galaxy;
	const { interactivetools_prefix: prefix } = galaxy;
	const path = `${base.value}/${prefix.value}/ep`.replace(/\/+/g, "/");
	return {
		ip: gravity?.ip,
		port: gravity?.port,
		sessions: mapOfTools(galaxy),
		reverseProxy: gravity?.reverse_proxy,
		verbose: gravity?.verbose,
		proxyPathPrefix: {
			value: path,
			origin: isWritten(prefix.origin) ? prefix.origin : base.origin,
		},
		forwardIp: gravity?.forward_ip,
		forwardPort: gravity?.forward_port,
	};
}

function isWritten({ source }: Origin): boolean {
	return source !== "default";
}

/** The map that Galaxy writes. Gravity's own setting counts where Galaxy's are not set, as it does in gravity. */
function mapOfTools(galaxy: GalaxySettings): Setting<string> {
	const { interactivetoolsproxy_map: url, interactivetools_map: map } = galaxy;
	if (url.value !== "") return fileOf(url, galaxy.root);
	const ofGravity = galaxy.gravity?.sessions;
	return !isWritten(map.origin) && ofGravity ? ofGravity : map;
}

/** SQLAlchemy's sqlite:///PATH as a path; other URLs stay. */
function fileOf({ value, origin }: Setting<string>, root: string) {
	const [, path] = /^sqlite(?:\+\w+)?:\/\/\/([^?]+)/.exec(value) ?? [];
	if (path === undefined) return { value, origin };
	if (!path.endsWith(".sqlite"))
		throw new UsageError(
			`${placeOf(origin)}: a SQLite map is recognized by its name: let its file name end in .sqlite`,
		);
	return { value: resolve(root, path), origin };
}

/** What Galaxy's file says about the mode, if the map is not named otherwise. */
export function modeOfGalaxy(
	galaxy: GalaxySettings,
	isMapGiven: boolean,
): Decision | undefined {
	const { interactivetools_enable: tools, dynamic_proxy_session_map: map } =
		galaxy;
	const url = galaxy.interactivetoolsproxy_map;
	const sign = isDatabaseUrl(url.value) ? url : tools.value && tools;
	if (sign && !isWritten(map.origin))
		return { mode: "gxit", sign: placeOf(sign.origin) };
	if (isMapGiven) return undefined;
	const { file } = galaxy;
	return {
		mode: "gie",
		sign: isWritten(map.origin) ? placeOf(map.origin) : file,
	};
}
