import { basename } from "node:path";
import { isDatabaseUrl } from "../database.js";
import { type Decision, type Mode, TABLES } from "../mode.js";
import { oneOf } from "./flag-values.js";
import {
	checked,
	type Given,
	givenText,
	type Origin,
	originText,
	type Setting,
	type Surroundings,
	UsageError,
} from "./setting.js";

/** Flags, in camelCase, that only one mode has. */
export const ONLY: Readonly<Record<Mode, readonly string[]>> = {
	gie: ["cookie", "proxyPrefix", "forwardSessionCookie"],
	gxit: [
		"proxyPathPrefix",
		"pollingInterval",
		"mapMaxAge",
		"mapAllowStandby",
		"sessionsFile",
		"forwardIp",
		"forwardPort",
		"forwardSecretFile",
		"sessionCookie",
		"cookiePaths",
		"referrerPolicy",
		"publicScheme",
		"galaxyUrl",
		"checkOwner",
		"ownerCheckFailure",
		"domainTools",
	],
};

/** The names that Galaxy gives the map by default. */
const MAP_NAMES: Readonly<Record<string, Mode>> = {
	"interactivetools_map.sqlite": "gxit",
	"session_map.sqlite": "gie",
};

const SYSTEMS: Readonly<Record<Mode, string>> = {
	gie: "Interactive Environments (gie)",
	gxit: "Interactive Tools (gxit)",
};

export const modeFlag = oneOf<Mode | "auto">("auto", "gie", "gxit");

/** What the command line and the environment say about the mode. */
export interface ModeSigns {
	/** --mode; then other signs do not count. */
	readonly explicit: Decision | undefined;
	/** The program's name and flags of one mode. They agree. */
	readonly clear: readonly Decision[];
}

/**
 * @param map that is given by a flag or the environment
 * @throws {UsageError} if two signs contradict each other, or a flag does not belong to --mode
 */
export function modeSigns(
	given: Given,
	surroundings: Surroundings,
	map?: Setting<string>,
): ModeSigns {
	const isGxItProxy = surroundings.program === "gx-it-proxy";
	if (isGxItProxy && given.cookie !== undefined)
		throw new UsageError(
			"--cookie: gx-it-proxy finds tools by their URL, not by a cookie: remove the flag; for Interactive Environments start galaxy-proxy",
		);
	const flags = flagSigns(given, surroundings);
	if (map && isDatabaseUrl(map.value))
		flags.push({
			mode: "gxit",
			sign: `the database in ${nameOf(map.origin)}`,
		});
	const found = givenText("mode", given, surroundings);
	const mode = found ? checked(modeFlag, found).value : "auto";
	if (found === undefined || mode === "auto") {
		const name: Decision = { mode: "gxit", sign: "the name gx-it-proxy" };
		const clear = isGxItProxy ? [name, ...flags] : flags;
		refuseContradiction(clear);
		return { explicit: undefined, clear };
	}
	const foreign = flags.find((sign) => sign.mode !== mode);
	if (foreign)
		throw new UsageError(
			`${foreign.sign} is for ${SYSTEMS[foreign.mode]}, but ${nameOf(found.origin)} is ${mode}: remove one of them`,
		);
	return { explicit: { mode, sign: nameOf(found.origin) }, clear: flags };
}

/**
 * The mode, undefined while nothing shows it. The table in the map decides before signs that may be accidental: what
 * Galaxy's file says, and the map's name.
 * @param tables the names of the tables in the map
 * @param ofGalaxy what Galaxy's file says
 * @throws {UsageError} if a table contradicts another sign
 */
export function decideMode(
	{ explicit, clear }: ModeSigns,
	map: string | undefined,
	tables: readonly string[],
	ofGalaxy?: Decision,
): Decision | undefined {
	if (explicit) return explicit;
	const name = map ?? "the session map";
	const shown = tables.map((table) => ({
		mode: TABLES[table] as Mode,
		sign: `the table ${table} in ${name}`,
	}));
	if (new Set(shown.map(({ mode }) => mode)).size > 1)
		throw new UsageError(
			`${name} contains tables of ${SYSTEMS.gie} and of ${SYSTEMS.gxit}: say which to serve by --mode gie or --mode gxit`,
		);
	const signs = [...clear, ...shown];
	refuseContradiction(signs);
	return signs[0] ?? ofGalaxy ?? (map ? nameSign(map) : undefined);
}

function refuseContradiction(signs: readonly Decision[]): void {
	const [first] = signs;
	const other = signs.find(({ mode }) => mode !== first?.mode);
	if (first && other)
		throw new UsageError(
			`${first.sign} means ${SYSTEMS[first.mode]}, but ${other.sign} means ${SYSTEMS[other.mode]}: remove one of them, or say which to serve by --mode gie or --mode gxit`,
		);
}

function flagSigns(given: Given, surroundings: Surroundings): Decision[] {
	return (["gie", "gxit"] as const).flatMap((mode) =>
		ONLY[mode].flatMap((name) => {
			const found = givenText(name, given, surroundings);
			return found ? [{ mode, sign: nameOf(found.origin) }] : [];
		}),
	);
}

function nameOf(origin: Origin): string {
	return "name" in origin ? origin.name : originText(origin);
}

function nameSign(map: string): Decision | undefined {
	const mode = MAP_NAMES[basename(map)];
	if (mode) return { mode, sign: `the name of ${map}` };
	if (map.endsWith(".sqlite")) return undefined;
	return {
		mode: "gie",
		sign: "a JSON map and no other sign; for tools give --mode gxit",
	};
}
