import { existsSync } from "node:fs";
import {
	type Config,
	flagName,
	type GalaxySettings,
	type Origin,
	originText,
	readSettings,
	type Settings,
	UsageError,
} from "../../config/config.js";
import type { AdminAddress } from "../../config/flag-values.js";
import type { Line } from "../command.js";

type Value = Exclude<Config[keyof Config], AdminAddress | undefined> | null;

interface Row {
	/** As it is typed, or as Galaxy has it. */
	readonly name: string;
	/** In the unit in which it is typed. */
	readonly value: Value;
	readonly from: Origin;
}

/** Resolves with 0; UsageErrors are the caller's. */
export async function printConfig(line: Line, json: boolean): Promise<number> {
	const settings = readSettings(line.flags, line.surroundings);
	const flags = flagRows(settings);
	const { galaxy } = settings;
	if (json) {
		const ofGalaxy = galaxy && {
			file: galaxy.file,
			root: galaxy.root,
			settings: galaxyRows(galaxy),
		};
		print(
			JSON.stringify({ settings: flags, galaxy: ofGalaxy ?? null }, null, "\t"),
		);
		return 0;
	}
	print(table(flags));
	if (galaxy !== undefined) {
		print(`\nGalaxy's own settings: ${galaxy.file}, root ${galaxy.root}\n`);
		print(table(galaxyRows(galaxy)));
	}
	for (const hint of hints(settings)) print(`\n${hint}`);
	return 0;
}

/** Resolves with 0 where all is good, else with 1 after what is wrong was written to standard error. */
export async function checkConfig(line: Line, json: boolean): Promise<number> {
	const error = faultOf(line);
	if (json) print(JSON.stringify({ good: error === null, error }));
	else if (error === null) print("The configuration is good.");
	else process.stderr.write(`galaxy-proxy: ${error}\n`);
	return error === null ? 0 : 1;
}

function faultOf({ flags, surroundings }: Line): string | null {
	try {
		readSettings(flags, surroundings);
		return null;
	} catch (error) {
		if (error instanceof UsageError) return error.message;
		throw error;
	}
}

function flagRows({ config, origins }: Settings): Row[] {
	const fields = Object.keys(config) as (keyof Config)[];
	// What no flag sets is Galaxy's.
	const ofFlags = fields.filter((field) => field !== "closedPorts");
	return ofFlags.map((field) => {
		const flag = flagOf(field);
		return {
			name: flagName(flag),
			value: asTyped(field, config) ?? null,
			from: origins.get(flag) as Origin,
		};
	});
}

/** The flag, in camelCase, that a field of the Config comes from. */
function flagOf(field: keyof Config): string {
	if (field === "adminToken") return "adminTokenFile";
	return field === "xForward" ? "noXForward" : field.replace(/Ms$/, "");
}

function asTyped(field: keyof Config, config: Config): Value | undefined {
	if (field === "xForward") return !config.xForward;
	if (field === "admin") return config.admin && adminText(config.admin);
	if (field === "adminToken") return config.adminToken && "set, not shown";
	const value = config[field];
	return field.endsWith("Ms") ? Number(value) / 1000 : value;
}

function adminText(admin: AdminAddress): string {
	if (admin.kind === "unix") return `unix:${admin.path}`;
	const host = admin.host.includes(":") ? `[${admin.host}]` : admin.host;
	return `${host}:${admin.port}`;
}

function galaxyRows(galaxy: GalaxySettings): Row[] {
	const { file, root, ports, ...settings } = galaxy;
	return Object.entries(settings).map(([name, { value, origin }]) => ({
		name,
		value,
		from: origin,
	}));
}

/** What is allowed and yet seldom meant. */
function hints({ galaxy, config }: Settings): string[] {
	const found: string[] = [];
	if (!existsSync(config.sessions))
		found.push(
			"The session map is not there. Galaxy makes it with the first environment; if there were some already, give --sessions the path that Galaxy has.",
		);
	if (galaxy?.dynamic_proxy_manage.value)
		found.push(
			"dynamic_proxy_manage is on: Galaxy starts a proxy itself. Where a supervisor runs this one, set it to false in Galaxy.",
		);
	return found;
}

function table(rows: readonly Row[]): string {
	const cells = rows.map(({ name, value, from }) => [
		name,
		shown(name, value),
		originText(from),
	]);
	const width = (column: number) =>
		Math.max(...cells.map((row) => row[column]?.length ?? 0));
	const [first, second] = [width(0), width(1)];
	return cells
		.map(
			([name = "", value = "", from]) =>
				`${name.padEnd(first)}  ${value.padEnd(second)}  ${from}`,
		)
		.join("\n");
}

function shown(name: string, value: Value): string {
	if (value === true) return "on";
	if (value === false) return "off";
	if (value === null && name === "--log-file") return "standard output";
	if (value === null || value === "") return "none";
	return Array.isArray(value) ? value.join(",") || "none" : String(value);
}

function print(text: string): void {
	process.stdout.write(`${text}\n`);
}
