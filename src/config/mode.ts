import { basename } from "node:path";
import type { Decision, Mode } from "../mode.js";
import { oneOf } from "./flag-values.js";
import {
	checked,
	type Given,
	givenText,
	type Origin,
	originText,
	type Surroundings,
	UsageError,
} from "./setting.js";

/** Flags, in camelCase, that only one mode has. */
export const ONLY: Readonly<Record<Mode, readonly string[]>> = {
	gie: ["cookie", "proxyPrefix", "forwardSessionCookie"],
	gxit: [
		"proxyPathPrefix",
		"pollingInterval",
		"forwardIp",
		"forwardPort",
		"sessionCookie",
		"cookiePaths",
		"referrerPolicy",
		"publicScheme",
		"forwardSecretFile",
		"galaxyUrl",
		"checkOwner",
		"ownerCheckFailure",
		"domainTools",
	],
};

export const SYSTEMS: Readonly<Record<Mode, string>> = {
	gie: "Interactive Environments",
	gxit: "Interactive Tools",
};

/** The names that Galaxy gives the map by default. */
const MAP_NAMES: Readonly<Record<string, Mode>> = {
	"interactivetools_map.sqlite": "gxit",
	"session_map.sqlite": "gie",
};

export const modeFlag = oneOf<Mode | "auto">("auto", "gie", "gxit");

/** The mode as far as it can be said without a look at the map. */
export interface ModeSigns {
	/** What was said by --mode, or by a sign that other signs may not contradict. */
	readonly decision: Decision | undefined;
	/** Whether --mode was given: then other signs do not count. */
	readonly isExplicit: boolean;
}

/**
 * Decides by --mode, else by the program's name, a flag or variable of one mode, or the map's URL.
 * @param ofGalaxy what Galaxy's file says
 * @throws {UsageError} if two signs contradict each other, or a flag does not belong to the mode
 */
export function modeSigns(
	given: Given,
	surroundings: Surroundings,
	ofGalaxy?: Decision,
): ModeSigns {
	const found = givenText("mode", given, surroundings);
	const mode = found && checked(modeFlag, found).value;
	const flags = flagSigns(given, surroundings);
	if (found && mode !== undefined && mode !== "auto") {
		const foreign = flags.find((sign) => sign.mode !== mode);
		if (foreign)
			throw new UsageError(
				`${foreign.sign} belongs to ${SYSTEMS[foreign.mode]}, but ${originText(found.origin)} is ${mode}: remove one of them`,
			);
		return { decision: { mode, sign: nameOf(found.origin) }, isExplicit: true };
	}
	const signs = [...nameSign(surroundings), ...flags];
	return { decision: agreed(signs) ?? ofGalaxy, isExplicit: false };
}

/** The first of the signs, if all of them say the same. @throws {UsageError} if not */
export function agreed(signs: readonly Decision[]): Decision | undefined {
	const [first] = signs;
	const other = signs.find(({ mode }) => mode !== first?.mode);
	if (first && other)
		throw new UsageError(
			`${first.sign} means ${SYSTEMS[first.mode]}, but ${other.sign} means ${SYSTEMS[other.mode]}: remove one of them, or say which by --mode gie or --mode gxit`,
		);
	return first;
}

function nameSign({ program }: Surroundings): Decision[] {
	return program === "gx-it-proxy"
		? [{ mode: "gxit", sign: "the name gx-it-proxy" }]
		: [];
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

/** The mode that the map's own name tells, for a map that does not show it otherwise. */
export function nameOfMapSign(path: string): Decision | undefined {
	const name = basename(path);
	const mode = MAP_NAMES[name];
	if (mode) return { mode, sign: `the map's name, ${name}` };
	return path.endsWith(".sqlite")
		? undefined
		: {
				mode: "gie",
				sign: "a JSON map without another sign; for tools give --mode gxit",
			};
}
