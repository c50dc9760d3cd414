import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { flagName, type Settings, UsageError } from "../../config/config.js";
import { readPlainSections, sectionOf } from "../../config/galaxy-file.js";
import { VERSION } from "../../package.js";
import type { Line } from "../command.js";
import { MONITOR, textOf, withoutLogin } from "../doctor/tools/setup.js";
import {
	type FrontOptions,
	type FrontSettings,
	frontSettings,
	readFront,
	USUAL_PORTS,
} from "./front-settings.js";
import * as quote from "./quote.js";
import { filled } from "./template.js";

/** Outside of every folder that job containers mount. */
const SAFE_MAP = "/var/lib/galaxy-proxy/interactivetools_map.sqlite";
const EXAMPLE_FILE = "/srv/galaxy/config/galaxy.yml";
const EXAMPLE_URL = "https://galaxy.example.org";

interface Values {
	readonly settings: Settings;
	/** Whether the map is an active setting. */
	readonly hasMap: boolean;
	readonly options: FrontOptions;
	readonly front: FrontSettings;
	readonly ip: string;
	readonly port: number;
}

/** The settings in Galaxy's files that belong together, with the active values. @throws {UsageError} */
export function galaxySettings(options: FrontOptions, line: Line): string {
	const { settings, hasMap } = readFront(line);
	const { config, origins } = settings;
	const isGiven = (name: string) => origins.get(name)?.source !== "default";
	const port = isGiven("port") ? config.port : USUAL_PORTS[config.mode];
	const flags = { ...line.flags, port: String(port) };
	const front = frontSettings(options, { ...line, flags });
	const ip = isGiven("ip") ? config.ip : "127.0.0.1";
	const values = { settings, hasMap, options, front, ip, port };
	return front.isForTools ? forTools(values) : forEnvironments(values);
}

function forTools(values: Values): string {
	const { settings, front, ip, port } = values;
	const { config, galaxy } = settings;
	const url = config.database?.shown ?? "";
	const { map, unsafe } = toolMap(values);
	const root = front.root ?? "";
	const { venv, infrastructure } = written(galaxy?.file);
	const known = config.galaxyUrl ?? infrastructure;
	const own = values.options.serverName && `https://${front.serverName}`;
	const hasMonitor = root !== "" && existsSync(join(root, MONITOR));
	const monitor = join(
		venv ?? "/srv/galaxy/venv",
		"bin/galaxy-container-monitor",
	);
	const word = quote.yamlWord;
	return filled("galaxy-tools.yml", {
		...toolsPath(front.toolsPath),
		toolsPath: front.toolsPath,
		file: galaxy ? word(galaxy.file) : "",
		exampleFile: galaxy ? "" : exampleOfFile(url !== ""),
		environment: galaxy || url !== "" ? "yes" : "",
		map: url === "" ? word(map) : "",
		mapFolder: dirname(map),
		unsafeMap: unsafe,
		url: url && word(url),
		user: values.options.user ?? "galaxy",
		galaxyUrl: word(known ?? own ?? EXAMPLE_URL),
		isExample: (known ?? own) ? "" : "yes",
		version: word(`file:/opt/galaxy-proxy-${VERSION}.tgz`),
		ip: word(ip),
		port,
		forwardIp: config.forwardIp ? word(config.forwardIp) : "",
		forwardPort: config.forwardPort ?? "",
		passwordFile: "/etc/galaxy/pgpass",
		monitor: hasMonitor ? "" : word(monitor),
	});
}

/** @param hasEnvironment whether gx_it_proxy has an environment already */
function exampleOfFile(hasEnvironment: boolean): string {
	return hasEnvironment
		? `      # GALAXY_PROXY_CONFIG: ${EXAMPLE_FILE}`
		: `    # environment: {GALAXY_PROXY_CONFIG: ${EXAMPLE_FILE}}`;
}

/** Base path and prefix, which make up the path of tools. @throws {UsageError} for a path that they cannot make */
function toolsPath(path: string): { base: string; prefix: string } {
	const [, base, prefix] = /^(.*)\/([^/]+)\/ep$/.exec(path) ?? [];
	if (prefix === undefined)
		throw new UsageError(
			`${flagName("proxyPathPrefix")}: Galaxy from 23.2 on and gravity put tools below interactivetools_base_path, interactivetools_prefix and ep, not below ${path}: give a path that ends with /ep, for example /interactivetool/ep`,
		);
	return {
		base: quote.yamlWord(base || "/"),
		prefix: quote.yamlWord(prefix),
	};
}

/** The active map's path; if containers can read it, a better path and the unsafe one. */
function toolMap({ settings, hasMap, front }: Values) {
	const { database, sessions = SAFE_MAP } = settings.config;
	if (database) return { map: "", unsafe: "" };
	const map = hasMap ? sessions : SAFE_MAP;
	const isBelow =
		front.root !== undefined && !/^\.\.(\/|$)/.test(relative(front.root, map));
	return isBelow ? { map: SAFE_MAP, unsafe: map } : { map, unsafe: "" };
}

/** The settings in Galaxy's file that are not the daemon's. */
function written(file: string | undefined) {
	if (file === undefined) return {};
	const { galaxy, gravity } = readPlainSections(file);
	const url = textOf(sectionOf(galaxy).galaxy_infrastructure_url) ?? "";
	return {
		venv: textOf(sectionOf(gravity).virtualenv) || undefined,
		infrastructure: withoutLogin(url) || undefined,
	};
}

/** In the format of Galaxy's file: YAML, or the older ini. */
function forEnvironments(values: Values): string {
	const isIni = /\.ini(\.sample)?$/.test(values.settings.galaxy?.file ?? "");
	const lines = environmentsSettings(values).map(({ key, value, without }) => {
		const word = isIni ? quote.iniWord : quote.yamlWord;
		const text = typeof value === "string" ? word(value) : String(value);
		return isIni
			? `# ${without}\n${key} = ${text}\n`
			: `  # ${without}\n  ${key}: ${text}\n`;
	});
	return filled("galaxy-environments.conf", {
		file: isIni ? "galaxy.ini" : "galaxy.yml",
		section: isIni ? "[app:main]" : "galaxy:",
		settings: lines.join(""),
	});
}

interface GalaxySetting {
	readonly key: string;
	readonly value: string | number | boolean;
	/** The comment that says what breaks without it. */
	readonly without: string;
}

function environmentsSettings(values: Values): GalaxySetting[] {
	const { settings, hasMap, front, ip, port } = values;
	const { config, galaxy } = settings;
	const manage = galaxy?.dynamic_proxy_manage;
	const isManaged = manage?.origin.source === "file" && manage.value;
	const map = hasMap ? config.sessions : undefined;
	const prefix = front.prefix.slice(front.prefix.lastIndexOf("/") + 1);
	const setting = (
		key: string,
		value: GalaxySetting["value"],
		without: string,
	) => ({ key, value, without });
	return [
		setting(
			"interactive_environment_plugins_directory",
			"config/plugins/interactive_environments",
			"Without it Galaxy offers no Interactive Environments.",
		),
		setting(
			"dynamic_proxy",
			"node",
			"With golang Galaxy writes no session map.",
		),
		setting(
			"dynamic_proxy_manage",
			isManaged,
			"True: each of Galaxy's processes starts its own proxy, once. False: a unit does (galaxy-proxy front systemd).",
		),
		setting(
			"dynamic_proxy_session_map",
			map ?? "database/session_map.sqlite",
			"Must be the file of --sessions, or no environment is found.",
		),
		...(ip.startsWith("unix:")
			? []
			: [
					setting(
						"dynamic_proxy_bind_ip",
						ip,
						"On another address users could come past the front proxy.",
					),
					setting(
						"dynamic_proxy_bind_port",
						port,
						"The port to which the front proxy sends requests.",
					),
				]),
		setting(
			"dynamic_proxy_debug",
			config.verbose,
			"True: a proxy that Galaxy starts logs each request.",
		),
		setting(
			"dynamic_proxy_external_proxy",
			true,
			`False: Galaxy sends users past the front proxy, to port ${port}.`,
		),
		setting(
			"dynamic_proxy_prefix",
			prefix,
			"The last part of the front proxy's location. Otherwise requests reach Galaxy instead of the proxy.",
		),
		setting(
			"cookie_path",
			front.galaxyPath,
			"Environments are below it. Elsewhere browsers do not send Galaxy's cookie, and the answer is 403.",
		),
	];
}
