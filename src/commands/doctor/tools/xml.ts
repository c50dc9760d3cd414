import type { Values } from "./setup.js";

/** A start tag's attributes and its content, which has no element of the same name. */
interface Element {
	readonly at: Readonly<Record<string, string>>;
	readonly content: string;
}

/** Where a parameter may take its value from, in place of its text. */
interface Sources {
	/** For from_environ. */
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Galaxy's settings, for from_config. */
	readonly config: Values;
}

/**
 * The job_conf.xml of old sites in the words of job_conf.yml, as Galaxy translates it. Good for files that Galaxy accepts: it
 * does not notice errors, and leaves out macros. docker-galaxy takes most parameters from its environment.
 */
export function readXml(text: string, { env, config }: Sources): Values {
	const plain = text.replace(/<!--.*?-->/gs, "");
	const [destinations] = elements(plain, "destinations");
	const environments = elements(destinations?.content ?? "", "destination").map(
		({ at, content }) => ({
			id: at.id,
			runner: at.runner,
			tags: at.tags,
			params: Object.fromEntries(
				elements(content, "param").map(({ at: own, content: text }) => [
					own.id,
					env[own.from_environ ?? ""] ??
						config[own.from_config ?? ""] ??
						decoded(text.trim()),
				]),
			),
			env: elements(content, "env").map((env) => ({
				name: env.at.id,
				file: env.at.file,
				execute: env.at.exec,
				value: decoded(env.content.trim()),
			})),
		}),
	);
	const runners = elements(plain, "plugin").map(({ at }) => [
		at.id,
		{ load: at.load },
	]);
	const tools = elements(plain, "tool").map(({ at }) => ({
		id: at.id,
		environment: at.destination,
	}));
	return {
		runners: Object.fromEntries(runners),
		execution: { environments, default: destinations?.at.default },
		tools,
	};
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
