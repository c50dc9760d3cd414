import { basename } from "node:path";
import type { Kind } from "./flag-values.js";

/** What was typed, set or written cannot be used; the message names where it stands and what is allowed. Exit code 2. */
export class UsageError extends Error {}

/** Where a value came from. */
export type Origin =
	/** `name` as it is typed ("--port") or set ("GALAXY_PROXY_PORT"). */
	| { readonly source: "flag" | "environment"; readonly name: string }
	/** A key of Galaxy's own file; lines count from 1, `file` is absolute. */
	| {
			readonly source: "file";
			readonly file: string;
			readonly line: number;
			readonly key: string;
	  }
	/** Galaxy's defaults hold where its file was given and does not say otherwise. */
	| { readonly source: "default"; readonly of: "galaxy-proxy" | "Galaxy" };

/** A setting's text, before it is checked. */
export interface Found {
	readonly text: string;
	readonly origin: Origin;
}

/** A setting's value, after it was checked. */
export interface Setting<T> {
	readonly value: T;
	readonly origin: Origin;
}

/** @throws {UsageError} that names the place and what is allowed */
export function checked<T>(kind: Kind<T>, { text, origin }: Found): Setting<T> {
	const value = kind.read(text);
	if (value === undefined)
		throw new UsageError(
			`${placeOf(origin)}: ${JSON.stringify(text)} is not allowed; give ${kind.allowed}`,
		);
	return { value, origin };
}

/** As the head of an error: the file with its whole path, since the reader may be a supervisor's log. */
export function placeOf(origin: Origin): string {
	if (origin.source === "default") return "the default value";
	if (origin.source !== "file") return origin.name;
	return `${origin.file} line ${origin.line}: ${origin.key}`;
}

/** As a note beside the value: "flag --port", "galaxy.yml line 12", "default". */
export function originText(origin: Origin): string {
	if (origin.source === "default")
		return origin.of === "Galaxy" ? "Galaxy's default" : "default";
	if (origin.source !== "file") return `${origin.source} ${origin.name}`;
	return `${basename(origin.file)} line ${origin.line}`;
}

/** Flags by their camelCase name: text, or true for a flag without a value. */
export type Given = Readonly<Record<string, string | boolean | undefined>>;

export interface Surroundings {
	/** Of it, GALAXY_PROXY_* are read; an empty one counts as not set. With --config Galaxy's GALAXY_CONFIG_* are as well. */
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Relative paths start here. */
	readonly cwd: string;
}

/** What the command line says of a flag, else what its variable does. */
export function givenText(
	name: string,
	given: Given,
	{ env }: Surroundings,
): Found | undefined {
	const typed = given[name];
	if (typed !== undefined && typed !== false)
		return {
			text: typed === true ? "1" : typed,
			origin: { source: "flag", name: flagName(name) },
		};
	const variable = variableName(name);
	const text = env[variable];
	if (!text) return undefined;
	return { text, origin: { source: "environment", name: variable } };
}

/** "proxyPrefix" is set by GALAXY_PROXY_PROXY_PREFIX. */
export function variableName(name: string): string {
	return `GALAXY_PROXY_${kebab(name).replaceAll("-", "_").toUpperCase()}`;
}

/** "proxyPrefix" is typed --proxy-prefix; the legacy's one flag in camelCase stays so. */
export function flagName(name: string): string {
	return name === "reverseProxy" ? "--reverseProxy" : `--${kebab(name)}`;
}

function kebab(name: string): string {
	return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
