import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isUrl } from "../../../config/gravity.js";
import { shownUrl } from "../../../database.js";
import { isTrue, type Setup, textOf, valuesOf } from "./setup.js";

/** What gravity starts for tools, read as gravity 1.2 reads it. */
export type Service = ReturnType<typeof serviceOf>;

type Manager = "supervisor" | "systemd" | "multiprocessing";

/** Gravity's default for gx_it_proxy.sessions. */
const SESSIONS = "database/interactivetools_map.sqlite";
const PACKAGE = "@galaxyproject/gx-it-proxy";

/** Words of gravity's own source that differ between its releases. */
const WAYS = {
	/** Before 1.0.8 the package's name had no scope. */
	name: /npx (\S*gx-it-proxy)@/,
	/** Before 1.0.4 the paths ended differently. */
	path: /\{it_base_path\}\{it_prefix\}(\/[\w/]+)/,
	/** Up to 1.2.4 the URL of a database is not passed on. */
	url: /^\s*"(interactivetoolsproxy_map)",$/m,
};

export function serviceOf(setup: Setup) {
	const { gravity, root, text } = setup;
	const own = valuesOf(gravity.gx_it_proxy);
	const sources = gravitySources(setup.venv);
	const option = (key: string): string | undefined =>
		textOf(own[key]) || undefined;
	/** Gravity does not read GALAXY_CONFIG_*, but where it sees a key it sees the same value. */
	const isPassing = WAYS.url.test(sources);
	const url = isPassing ? text("interactivetoolsproxy_map") : undefined;
	const sessions =
		url || (text("interactivetools_map") ?? option("sessions") ?? SESSIONS);
	const base = (text("interactivetools_base_path") ?? "/").replace(
		/^\/+|\/+$/g,
		"",
	);
	const prefix = text("interactivetools_prefix") ?? "interactivetool";
	const end = WAYS.path.exec(sources)?.[1] ?? "/ep";
	return {
		hasSection: Object.keys(gravity).length > 0,
		isEnabled: isTrue(own.enable, false),
		manager: managerOf(setup),
		packageName: WAYS.name.exec(sources)?.[1] ?? PACKAGE,
		/** The part of npx's argument after the name: a range, a file, another name. */
		specifier: option("version") ?? ">=0.0.6",
		ip: option("ip") ?? "localhost",
		port: option("port") ?? "4002",
		/** As in the command line. */
		sessions,
		/** The same, absolute if it is a path: gravity starts the proxy in galaxy_root. */
		map: isUrl(sessions) ? sessions : resolve(root, sessions),
		/** The setting that it comes from. */
		mapKey: keyOfMap(setup, url, option("sessions")),
		prefix: `${base && `/${base}`}/${prefix}${end}`,
		isForwarding: option("forward_ip") ?? option("forward_port"),
		flags: `--ip ${option("ip") ?? "localhost"} --port ${option("port") ?? "4002"} --sessions ${isUrl(sessions) ? shownUrl(sessions) : sessions}`,
		environment: valuesOf(own.environment),
		stateFolder: stateFolderOf(setup),
	};
}

function keyOfMap(
	{ galaxy, gravityFile, text }: Setup,
	url: string | undefined,
	sessions: string | undefined,
): string {
	if (url) return `interactivetoolsproxy_map in ${galaxy.file}`;
	if (text("interactivetools_map") !== undefined)
		return `interactivetools_map in ${galaxy.file}`;
	if (sessions !== undefined) return `gx_it_proxy.sessions in ${gravityFile}`;
	return "gravity's default";
}

/** Without a setting, gravity uses systemd if root runs it. The files that it has written show whether it did. */
function managerOf(setup: Setup): Manager {
	const { gravity, host } = setup;
	const named = textOf(gravity.process_manager);
	if (isManager(named)) return named;
	const units = unitsIn(
		host.env.GRAVITY_SYSTEMD_UNIT_PATH ?? "/etc/systemd/system",
	);
	if (units.length > 0) return "systemd";
	if (existsSync(join(stateFolderOf(setup), "supervisor"))) return "supervisor";
	// Only systemd's units need it.
	return textOf(gravity.galaxy_user) === undefined ? "supervisor" : "systemd";
}

export function isManager(name: string | undefined): name is Manager {
	return /^(supervisor|systemd|multiprocessing)$/.test(name ?? "");
}

function unitsIn(folder: string): readonly string[] {
	try {
		const names = readdirSync(folder);
		return names.filter((name) =>
			/^galaxy.*gx-it-proxy.*\.service$/.test(name),
		);
	} catch {
		return [];
	}
}

/**
 * Where gravity keeps the state of its process manager: below data_dir, whose default depends on how Galaxy was installed, so
 * the folder that exists counts.
 */
function stateFolderOf({ text, root, host }: Setup): string {
	const given = host.env.GRAVITY_STATE_DIR;
	if (given) return given;
	const data = text("data_dir");
	const names = data === undefined ? ["database", "data"] : [data];
	const folders = names.map((name) => resolve(root, name, "gravity"));
	return folders.find(existsSync) ?? folders[0] ?? root;
}

/** Where a virtual environment has its packages. */
export function packagesOf(venv: string): readonly string[] {
	try {
		return readdirSync(join(venv, "lib"))
			.filter((name) => name.startsWith("python3"))
			.map((name) => join(venv, "lib", name, "site-packages"));
	} catch {
		return [];
	}
}

/** The sources of the gravity in Galaxy's environment; empty if it is elsewhere. */
function gravitySources(venv: string | undefined): string {
	const folders = venv === undefined ? [] : packagesOf(venv);
	return folders
		.flatMap((folder) =>
			["state.py", "config_manager.py"].map((name) =>
				textIn(join(folder, "gravity", name)),
			),
		)
		.join("\n");
}

function textIn(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return "";
	}
}
