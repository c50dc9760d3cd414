import { basename } from "node:path";
import type { Kind } from "./flag-values.js";

/** A setting has an invalid value. The message names its source and the allowed values. Exit code 2. */
export class UsageError extends Error {}

/** The source of a value. */
export type Origin =
	/** `name` as on the command line ("--port") or in the environment ("GALAXY_PROXY_PORT"). */
	| { readonly source: "flag" | "environment"; readonly name: string }
	/** A key of Galaxy's own file; lines count from 1, `file` is absolute. */
	| {
			readonly source: "file";
			readonly file: string;
			readonly line: number;
			readonly key: string;
	  }
	/** Galaxy's defaults apply if Galaxy's file was given. */
	| {
			readonly source: "default";
			readonly of: "galaxy-proxy" | "Galaxy" | "gravity";
	  };

/** A setting before it is checked. */
export interface Found {
	readonly text: string;
	readonly origin: Origin;
}

/** A setting after it was checked. */
export interface Setting<T> {
	readonly value: T;
	readonly origin: Origin;
}

/** @throws {UsageError} that names the source and the allowed values */
export function checked<T>(kind: Kind<T>, { text, origin }: Found): Setting<T> {
	const value = kind.read(text);
	const shown = kind.mayHoldPassword ? "this" : JSON.stringify(text);
	if (value === undefined)
		throw new UsageError(
			`${placeOf(origin)}: ${shown} is not allowed; give ${kind.allowed}`,
		);
	return { value, origin };
}

/** The beginning of an error, with the file's whole path, since the error may be in a supervisor's log. */
export function placeOf(origin: Origin): string {
	if (origin.source === "default") return "the default value";
	if (origin.source !== "file") return origin.name;
	return `${origin.file} line ${origin.line}: ${origin.key}`;
}

/** A note for a table: "flag --port", "galaxy.yml line 12", "default". */
export function originText(origin: Origin): string {
	if (origin.source === "default")
		return origin.of === "galaxy-proxy" ? "default" : `${origin.of}'s default`;
	if (origin.source !== "file") return `${origin.source} ${origin.name}`;
	return `${basename(origin.file)} line ${origin.line}`;
}

/** Flags by their camelCase name: text, or true for a flag without a value. */
export type Given = Readonly<Record<string, string | boolean | undefined>>;

export interface Surroundings {
	/** GALAXY_PROXY_* are read, with --config Galaxy's GALAXY_CONFIG_* too. An empty variable counts as not set. */
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Relative paths start here. */
	readonly cwd: string;
	/** The name by which the program was started: "gx-it-proxy" is a sign of its mode. */
	readonly program?: ProgramName;
}

export type ProgramName = "galaxy-proxy" | "gx-it-proxy";

/** A flag's text on the command line, else in the environment. */
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

/** Flags of the predecessors that are not in kebab-case, by their camelCase name. */
const CAMEL: Readonly<Record<string, string>> = {
	reverseProxy: "--reverseProxy",
	proxyPathPrefix: "--proxyPathPrefix",
	pollingInterval: "--pollingInterval",
	forwardIp: "--forwardIP",
	forwardPort: "--forwardPort",
};

/** "proxyPrefix" is the flag --proxy-prefix; the predecessors' flags keep their form. */
export function flagName(name: string): string {
	return CAMEL[name] ?? `--${kebab(name)}`;
}

function kebab(name: string): string {
	return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
