import type { Values } from "./setup.js";

/** A start tag's attributes and its content, which has no element of the same name. */
interface Element {
	readonly at: Readonly<Record<string, string>>;
	readonly content: string;
}

/** Where a value may come from, in place of its text. */
interface Sources {
	/** For from_environ. */
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Galaxy's settings, for from_config. */
	readonly config: Values;
}

export interface XmlConf {
	/** In the words of job_conf.yml, as Galaxy translates it. */
	readonly content: Values;
	/** Whether macros may add destinations and parameters, which are missing here. */
	readonly hasMacros: boolean;
	readonly unset: readonly Unset[];
}

/** A variable that doctor's environment lacks, which Galaxy's service may have. */
export interface Unset {
	readonly variable: string;
	/** The parameter that takes its value from it, or "default". */
	readonly key: string;
	/** Undefined for the default of all destinations. */
	readonly destination: string | undefined;
}

/**
 * Reads the job_conf.xml of old sites. Good for files that Galaxy accepts: it does not notice errors. docker-galaxy takes most
 * parameters from its environment.
 */
export function readXml(text: string, { env, config }: Sources): XmlConf {
	const plain = text.replace(/<!--.*?-->/gs, "");
	const unset: Unset[] = [];
	/** Galaxy looks at one source alone, and takes the written text if that source has no value. */
	const sourced = (
		at: Element["at"],
		{ key, destination }: Omit<Unset, "variable">,
		written: string | undefined,
	) => {
		const start = destination === undefined ? "default_" : "";
		const variable = at[`${start}from_environ`];
		if (variable === undefined)
			return config[at[`${start}from_config`] ?? ""] ?? written;
		if (env[variable] === undefined) unset.push({ variable, key, destination });
		return env[variable] ?? written;
	};
	const [destinations] = elements(plain, "destinations");
	const environments = elements(destinations?.content ?? "", "destination").map(
		({ at: { id = "", runner, tags }, content }) => ({
			id,
			runner,
			tags,
			params: Object.fromEntries(
				elements(content, "param").map(({ at, content: value }) => {
					const { id: key = "" } = at;
					const written = decoded(value.trim());
					return [key, sourced(at, { key, destination: id }, written)];
				}),
			),
			env: elements(content, "env").map(({ at, content: value }) => ({
				name: at.id,
				file: at.file,
				execute: at.exec,
				value: decoded(value.trim()),
			})),
		}),
	);
	const { at = {} } = destinations ?? {};
	const ofAll = { key: "default", destination: undefined };
	const byDefault = sourced(at, ofAll, at.default) || undefined;
	const runners = elements(plain, "plugin").map(({ at: { id, load } }) => [
		id,
		{ load },
	]);
	const tools = elements(plain, "tool").map(({ at: { id, destination } }) => ({
		id,
		environment: destination,
	}));
	const content = {
		runners: Object.fromEntries(runners),
		execution: { environments, default: byDefault },
		tools,
	};
	return { content, hasMacros: /<(?:macros|expand)[\s/>]/.test(plain), unset };
}

function elements(text: string, name: string): Element[] {
	const pattern = new RegExp(
		`<${name}(\\s[^>]*?)?(?:/>|>(.*?)</${name}\\s*>)`,
		"gs",
	);
	return [...text.matchAll(pattern)].map(
		([, attributes = "", content = ""]) => ({
			at: Object.fromEntries(
				[...attributes.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(
					([, key, one, other]) => [key, decoded(one ?? other ?? "")],
				),
			),
			content,
		}),
	);
}

const ENTITIES: Readonly<Record<string, string>> = {
	amp: "&",
	lt: "<",
	gt: ">",
	quot: '"',
	apos: "'",
};

function decoded(text: string): string {
	return text.replace(/&(\w+);/g, (whole, name) => ENTITIES[name] ?? whole);
}
