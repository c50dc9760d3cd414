import { existsSync } from "node:fs";
import {
	type Config,
	flagName,
	type GalaxySettings,
	type GravitySettings,
	type Origin,
	originText,
	type Setting,
	type Settings,
	UsageError,
} from "../../config/config.js";
import type { AdminAddress } from "../../config/flag-values.js";
import { PASSWORD_IN_ARGUMENTS } from "../../database.js";
import { authorityOf } from "../../http1/request-head.js";
import { ROLLING_TUNNELS_MS } from "../../limits.js";
import { activeSettings } from "../active-settings.js";
import { type Line, print, printError } from "../command.js";

type Value = Exclude<Config[Field], AdminAddress | Buffer | undefined> | null;

interface Row {
	/** The flag, or the name in Galaxy's file. */
	readonly name: string;
	/** In the unit of the flag. */
	readonly value: Value;
	readonly from: Origin;
}

/** Resolves with the exit code 0. @throws UsageError */
export async function printConfig(line: Line, json: boolean): Promise<number> {
	const settings = await activeSettings(line);
	const flags = flagRows(settings);
	const galaxy = settings.galaxy && {
		file: settings.galaxy.file,
		root: settings.galaxy.root,
		settings: galaxyRows(settings.galaxy, settings.config.mode),
	};
	if (json) {
		const all = { settings: flags, galaxy: galaxy ?? null };
		print(JSON.stringify(all, null, "\t"));
		return 0;
	}
	print(table(flags));
	if (galaxy) {
		print(`\nGalaxy's own settings: ${galaxy.file}, root ${galaxy.root}\n`);
		print(table(galaxy.settings));
	}
	for (const hint of hintsFor(settings)) print(`\n${hint}`);
	return 0;
}

/** Resolves with the exit code: 0, or 1 after the error was written to standard error. */
export async function checkConfig(line: Line, json: boolean): Promise<number> {
	let error: string | undefined;
	try {
		await activeSettings(line);
	} catch (thrown) {
		if (!(thrown instanceof UsageError)) throw thrown;
		error = thrown.message;
	}
	if (json)
		print(JSON.stringify({ good: error === undefined, error: error ?? null }));
	else if (error === undefined) print("The configuration is valid.");
	else printError(error);
	return error === undefined ? 0 : 1;
}

function flagRows({ config, origins }: Settings): Row[] {
	const { closedPorts, ownPath, modeSign, database, ...shown } = config;
	return (Object.keys(shown) as Field[]).map((field) => ({
		name: flagName(flagOf(field)),
		value: typedValue(field, config) ?? null,
		from: origins.get(flagOf(field)) as Origin,
	}));
}

/** Without what Galaxy's file alone sets, and the database, which is --sessions with its secrets. */
type Field = Exclude<
	keyof Config,
	"closedPorts" | "ownPath" | "modeSign" | "database"
>;

/** The flags, in camelCase, that have another name than their field of the Config. */
const FLAG_OF: Partial<Record<Field, string>> = {
	adminToken: "adminTokenFile",
	forwardSecret: "forwardSecretFile",
	sessionCookies: "sessionCookie",
	xForward: "noXForward",
};

function flagOf(field: Field): string {
	return FLAG_OF[field] ?? field.replace(/Ms$/, "");
}

function typedValue(field: Field, config: Config): Value | undefined {
	if (field === "xForward") return !config.xForward;
	if (field === "admin") return config.admin && adminText(config.admin);
	if (field === "adminToken") return config.adminToken && "set, not shown";
	if (field === "forwardSecret")
		return config.forwardSecret && "set, not shown";
	if (field === "domainTools")
		return config.checkOwner && config.domainTools === "on"
			? "by-token"
			: undefined;
	const value = config[field];
	const isInSeconds = field.endsWith("Ms") && !IN_MILLISECONDS.includes(field);
	return isInSeconds && typeof value === "number" ? value / 1000 : value;
}

/** Gx-it-proxy's flag, and ours that has the same unit. */
const IN_MILLISECONDS: readonly Field[] = ["pollingIntervalMs", "mapMaxAgeMs"];

function adminText(admin: AdminAddress): string {
	return admin.kind === "unix" ? `unix:${admin.path}` : authorityOf(admin);
}

/** The settings that matter for the mode. */
function galaxyRows(galaxy: GalaxySettings, mode: Config["mode"]): Row[] {
	const { file, root, dataFolder, ports, gravity, dynamic_proxy, ...settings } =
		galaxy;
	const rows = ofGravity(gravity ?? {}).map(
		([name, setting]) => [`gx_it_proxy.${name}`, setting] as const,
	);
	const foreign = mode === "gxit" ? OF_ENVIRONMENTS : OF_TOOLS;
	return [...Object.entries(settings), ...rows].flatMap(([name, setting]) =>
		setting === undefined || foreign.test(name)
			? []
			: { name, value: withoutPassword(setting.value), from: setting.origin },
	);
}

const OF_ENVIRONMENTS = /^dynamic_proxy|^cookie_path$/;
const OF_TOOLS = /^interactivetools|^gx_it_proxy/;

function ofGravity(
	gravity: Partial<GravitySettings>,
): [string, Setting<string | number | boolean> | undefined][] {
	return Object.entries(gravity);
}

/** Of a URL only its beginning, because the rest may contain a password. */
function withoutPassword<T>(value: T): T | string {
	const url = typeof value === "string" && /^[\w+.-]+:\/\//.exec(value);
	return url ? `${url[0]}..., not shown` : value;
}

/** Settings that are allowed but rarely intended. */
function* hintsFor({ galaxy, config }: Settings): Iterable<string> {
	const { mode, modeSign, sessions, database } = config;
	const isOfTools = mode === "gxit";
	const first = isOfTools ? "tool" : "environment";
	if (mode === "undecided")
		yield "The mode is undecided until Galaxy has made the session map's first table.";
	else yield `The mode is ${mode}, because of ${modeSign}.`;
	if (database?.isPasswordInArguments) yield PASSWORD_IN_ARGUMENTS;
	if (sessions !== undefined && !database && !existsSync(sessions))
		yield `The session map does not exist. Galaxy creates it with the first ${first}. If there were ${first}s already, give --sessions the path that Galaxy uses.`;
	if (isOfTools && galaxy?.interactivetools_enable.value === false)
		yield "interactivetools_enable is off: Galaxy starts no tools.";
	if (!isOfTools && galaxy?.dynamic_proxy_manage.value)
		yield "dynamic_proxy_manage is on: Galaxy starts a proxy itself. If a supervisor runs this one, set it to false in Galaxy.";
}

function table(rows: readonly Row[]): string {
	const names = rows.map(({ name }) => name);
	const values = rows.map(({ name, value }) => shown(name, value));
	const widthOf = (texts: string[]) => Math.max(...texts.map((t) => t.length));
	const [first, second] = [widthOf(names), widthOf(values)];
	const lines = rows.map(
		({ name, from }, row) =>
			`${name.padEnd(first)}  ${values[row]?.padEnd(second)}  ${originText(from)}`,
	);
	return lines.join("\n");
}

function shown(name: string, value: Value): string {
	if (typeof value === "boolean") return value ? "on" : "off";
	if (value === null && name === "--log-file") return "standard output";
	if (value === null && name === "--tunnel-drain")
		return `0 or ${ROLLING_TUNNELS_MS / 1000}`;
	return String(value ?? "") || "none";
}
