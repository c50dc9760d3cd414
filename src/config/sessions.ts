import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type Database, isDatabaseUrl } from "../database.js";
import type * as DatabaseUrls from "./database.js";
import { file as anyPath } from "./flag-values.js";
import { isUrl } from "./gravity.js";
import type { Readers } from "./readers.js";
import {
	checked,
	type Found,
	type Given,
	givenText,
	placeOf,
	type Setting,
	type Surroundings,
	UsageError,
} from "./setting.js";
import { milliseconds } from "./tool-values.js";

/** Where the session map is, and how it is read. */
export interface MapSettings {
	/** Absolute path of the session map, or its database's URL without secrets; undefined for the inner proxy of a double proxy. */
	readonly sessions: string | undefined;
	/** The database that has the session map. Secret: its attempts are never shown. */
	readonly database: Database | undefined;
	/** For so many milliseconds a route of a database may be used again; 0 is never. */
	readonly mapMaxAgeMs: number;
	/** Whether a database that only reads may be used. */
	readonly mapAllowStandby: boolean;
}

/** A map as it was given. Its text may be a URL with a password. */
export interface GivenMap extends Setting<string> {
	/** Reads --sessions-file again. */
	readonly again?: () => string;
}

/**
 * The map on the command line, else in the environment.
 * @throws {UsageError} for --sessions and --sessions-file together, and for a file without a URL
 */
export function typedMap(
	given: Given,
	surroundings: Surroundings,
): GivenMap | undefined {
	const typed = mapAmong(given, { ...surroundings, env: {} });
	if (typed !== undefined && !isPathOfGravity(typed, surroundings))
		return typed;
	const set = mapAmong({}, surroundings);
	return typed === undefined || (set && isDatabaseUrl(set.value)) ? set : typed;
}

/**
 * Gravity always gives a path, so there a database in the environment counts. It starts gx-it-proxy, or any tarball by npx,
 * which names itself in a variable.
 */
function isPathOfGravity(
	map: GivenMap,
	{ program, env }: Surroundings,
): boolean {
	const isGravitys =
		program === "gx-it-proxy" || env.npm_lifecycle_event === "npx";
	return isGravitys && !isUrl(map.value);
}

function mapAmong(
	given: Given,
	surroundings: Surroundings,
): GivenMap | undefined {
	const map = givenText("sessions", given, surroundings);
	const file = givenText("sessionsFile", given, surroundings);
	if (file === undefined) return map && checked(anyPath, map);
	if (map !== undefined)
		throw new UsageError(
			`${placeOf(map.origin)} and ${placeOf(file.origin)} exclude each other: remove one of them`,
		);
	const path = resolve(surroundings.cwd, checked(anyPath, file).value);
	const again = () => firstLine(path, file);
	return { value: again(), origin: file.origin, again };
}

/** By path: a pipe is empty when it is read again, and a reload may no longer be allowed to read the file. */
const urls = new Map<string, string>();

/** @throws {UsageError} for a file that cannot be read and never was, or has no database's URL in its first line */
function firstLine(path: string, { origin }: Found): string {
	const known = urls.get(path);
	try {
		// Opening a named pipe again would wait for another writer.
		if (known !== undefined && !statSync(path).isFile()) return known;
		const [line = ""] = readFileSync(path, "utf8").split("\n", 1);
		const url = line.trim();
		if (!isDatabaseUrl(url))
			throw new UsageError(
				`${placeOf(origin)}: the first line of ${path} must be a database's URL; ${GIVE_URL}`,
			);
		urls.set(path, url);
		return url;
	} catch (error) {
		if (error instanceof UsageError) throw error;
		if (known !== undefined) return known;
		throw new UsageError(
			`${placeOf(origin)}: ${(error as Error).message}; ${GIVE_URL}`,
		);
	}
}

const GIVE_URL =
	"write a URL such as postgresql://USER:PASSWORD@HOST/NAME into the first line of a file that only this user can read";

/** @throws {UsageError} for a URL of another kind, and for flags that do not fit the map */
export function readMap(
	map: GivenMap | undefined,
	{ valueOr, isOn }: Readers,
	{ env, cwd }: Surroundings,
): MapSettings {
	const database = map && databaseOf(map, env);
	const mapMaxAgeMs = valueOr("mapMaxAge", milliseconds);
	const mapAllowStandby = isOn("mapAllowStandby");
	if (database === undefined && (mapMaxAgeMs > 0 || mapAllowStandby))
		throw new UsageError(
			`${mapMaxAgeMs > 0 ? "--map-max-age" : "--map-allow-standby"} is for a session map in PostgreSQL: remove it, or give the database's URL as --sessions`,
		);
	if (database && READS_ONLY.test(database.target) && !mapAllowStandby)
		throw new UsageError(
			`target_session_attrs=${database.target} asks for a server whose rows may be late: give --map-allow-standby as well, or remove target_session_attrs`,
		);
	const sessions = database?.shown ?? (map && resolve(cwd, map.value));
	return { sessions, database, mapMaxAgeMs, mapAllowStandby };
}

const READS_ONLY = /^(read-only|standby|prefer-standby)$/;

function databaseOf(
	{ value, origin, again }: GivenMap,
	env: Surroundings["env"],
): Database | undefined {
	if (!isDatabaseUrl(value)) {
		refuseUrl(value, origin);
		return undefined;
	}
	// Loaded only for a map in PostgreSQL, synchronously.
	const { readDatabase }: typeof DatabaseUrls = require("./database.js");
	return readDatabase(value, env, origin, again);
}

/** The message does not repeat the URL, since it may contain a password. @throws {UsageError} if the map is one */
export function refuseUrl(map: string, origin: Found["origin"]): void {
	if (isUrl(map) || /^postgres(ql)?(\+\w+)?:/i.test(map))
		throw new UsageError(
			`${placeOf(origin)}: this URL is not allowed; give the path of a file, or postgresql://USER@HOST/NAME for a database`,
		);
}
