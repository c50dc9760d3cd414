import type { Found } from "./origin.js";

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
