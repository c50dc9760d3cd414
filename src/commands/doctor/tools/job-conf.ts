import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isLoopbackName } from "../../../config/flag-values.js";
import { readPlainSections } from "../../../config/galaxy-file.js";
import { codeOf } from "../../../session-map/unreadable.js";
import { messageOf } from "../check.js";
import { type Found, unchecked } from "../finding.js";
import { isTrue, type Setup, textOf, type Values, valuesOf } from "./setup.js";
import { readXml, type Unset, type XmlConf } from "./xml.js";

/** The parts of Galaxy's job configuration that tools depend on. */
export interface JobConf extends Omit<XmlConf, "content"> {
	/** The place to edit: a file, or job_config in Galaxy's file. */
	readonly place: string;
	readonly destinations: readonly Destination[];
	readonly defaultId: string | undefined;
	/** The destinations and tags that tools are mapped to. */
	readonly mapped: readonly string[];
}

/** An environment, with the keys of job_conf.yml. */
export interface Destination {
	readonly id: string;
	readonly kind: RunnerKind;
	readonly tags: readonly string[];
	readonly params: Values;
	/** Whether its env names this variable; undefined if a file or a command may set it. */
	readonly hasEnv: (name: string) => boolean | undefined;
	/** The value of that variable, if the file contains it. */
	readonly env: (name: string) => string | undefined;
}

/** What runs a destination's jobs: this host, a cluster, Pulsar, Kubernetes, or a rule that picks another destination. */
export type RunnerKind = "local" | "drm" | "pulsar" | "kubernetes" | "dynamic";

/** The reason why the job configuration is unknown. */
export interface Unread {
	readonly problem: string;
	/** Whether Galaxy cannot read it either. */
	readonly isBroken: boolean;
}

/** @returns undefined if there is none, so that Galaxy takes its default */
export function readJobConf(setup: Setup): JobConf | Unread | undefined {
	const { values, galaxy, host } = setup;
	const inline = values.job_config;
	if (typeof inline === "object" && inline !== null)
		return confOf(
			{ content: inline as Values, ...AS_WRITTEN },
			`job_config in ${galaxy.file}`,
		);
	const file = fileOf(setup);
	if (file === undefined) return undefined;
	try {
		// This message names the job configuration; the reader's own would name Galaxy's file.
		const text = readFileSync(file, "utf8");
		return confOf(
			file.includes(".xml")
				? readXml(text, { env: host.env, config: values })
				: { content: readPlainSections(file), ...AS_WRITTEN },
			file,
		);
	} catch (error) {
		const problem = messageOf(error).replace(/; .*$/s, "");
		const isBroken = !/EACCES|EPERM/.test(codeOf(error));
		const isNamed = problem.includes(file);
		return { problem: isNamed ? problem : `${file}: ${problem}`, isBroken };
	}
}

/** job_conf.yml has neither macros nor variables. */
const AS_WRITTEN = { hasMacros: false, unset: [] };

function fileOf({ text, galaxy, root }: Setup): string | undefined {
	const folder = resolve(root, text("config_dir") ?? dirname(galaxy.file));
	const given = text("job_config_file");
	if (given !== undefined) {
		const file = resolve(folder, given);
		const older = resolve(root, given);
		return !existsSync(file) && existsSync(older) ? older : file;
	}
	const names = ["job_conf.yml", "job_conf.xml"];
	return names.map((name) => join(folder, name)).find(existsSync);
}

function confOf({ content, ...rest }: XmlConf, place: string): JobConf {
	const runners = valuesOf(content.runners);
	const execution = valuesOf(content.execution);
	const all = execution.environments;
	const environments: [string, Values][] = Array.isArray(all)
		? all.map((each) => [textOf(valuesOf(each).id) ?? "", valuesOf(each)])
		: Object.entries(valuesOf(all)).map(([id, each]) => [id, valuesOf(each)]);
	const destinations = environments
		.map(([id, each]) => destinationOf(id, each, runners))
		.filter(({ params }) => isTrue(params.enabled, true));
	const tools = Array.isArray(content.tools) ? content.tools : [];
	const mapped = tools
		.map(valuesOf)
		.map(({ environment, destination }) => textOf(environment ?? destination))
		.filter((id) => id !== undefined);
	const only = destinations.length === 1 ? destinations[0]?.id : undefined;
	const defaultId = textOf(execution.default) ?? only;
	return { place, destinations, defaultId, mapped, ...rest };
}

/**
 * A finding that may be wrong, because doctor does not see all that Galaxy reads, is unchecked.
 * @param concerns whether the finding depends on this value
 */
export function ifKnown(
	{ place, hasMacros, unset }: JobConf,
	found: Found,
	concerns: (value: Unset) => boolean,
): Found {
	const { verdict, what, remedy } = found;
	if (verdict === "good" || verdict === "unchecked") return found;
	const open = unset.filter(concerns).map(({ variable }) => variable);
	const names = [...new Set(open)].join(" and ");
	if (names !== "")
		return unchecked`this depends on ${names}, not set for doctor; without that ${what}
			-> Run doctor with ${names} as Galaxy's service has it. If Galaxy has none either: ${remedy}`;
	if (!hasMacros) return found;
	return unchecked`this depends on the macros of ${place}, which doctor does not expand; without them ${what}
		-> If no macro changes that: ${remedy}`;
}

/** Whether a finding about a destination names the parameter. */
export function isNamedIn({ what }: Found, id: string) {
	const words = what.split(/\W+/);
	return ({ key, destination }: Unset): boolean =>
		destination === id && words.includes(key);
}

function destinationOf(id: string, own: Values, runners: Values): Destination {
	const name = textOf(own.runner) ?? "";
	const load = textOf(valuesOf(runners[name]).load) ?? name;
	const { tags } = own;
	const env = (Array.isArray(own.env) ? own.env : []).map(valuesOf);
	const isOpen = env.some((each) => each.file ?? each.execute);
	const variableOf = (variable: string) =>
		env.find((each) => textOf(each.name ?? each.id) === variable);
	return {
		id,
		kind: kindOf(name, load),
		tags: (Array.isArray(tags) ? tags : [tags])
			.flatMap((tag) => (textOf(tag) ?? "").split(","))
			.map((tag) => tag.trim()),
		params:
			own.params === undefined || own.params === null
				? own
				: valuesOf(own.params),
		hasEnv: (variable) =>
			variableOf(variable) !== undefined || (isOpen ? undefined : false),
		env: (variable) => textOf(variableOf(variable)?.value),
	};
}

function kindOf(name: string, load: string): RunnerKind {
	if (/^dynamic/.test(name)) return "dynamic";
	if (/pulsar/i.test(load)) return "pulsar";
	if (/kubernetes|k8s|aws|gcp_?batch|tes:/i.test(load)) return "kubernetes";
	return /local/i.test(load) ? "local" : "drm";
}

/** A setting of a destination as its file would have it. place: of a JobConf */
export function settingIn(place: string, key: string, value: string): string {
	return isXml(place)
		? `<param id="${key}">${value}</param>`
		: `${key}: ${value}`;
}

/** A variable of a destination's jobs as its file would have it. */
export function variableIn(place: string, name: string, value: string): string {
	return isXml(place)
		? `<env id="${name}">${value}</env>`
		: `env: [{name: ${name}, value: "${value}"}]`;
}

/** A tool's destination as the file would have it, in its section tools. */
export function toolIn(place: string, tool: string, id: string): string {
	return isXml(place)
		? `<tool id="${tool}" destination="${id}"/>`
		: `- {id: ${tool}, environment: ${id}}`;
}

export function isXml(place: string): boolean {
	return place.endsWith(".xml");
}

/** The host of an engine that is not this one. */
export function engineOf({ env, params }: Destination): string | undefined {
	const url = env("DOCKER_HOST") ?? textOf(params.docker_host) ?? "";
	const [, host = ""] =
		/^(?:tcp|ssh):\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)/.exec(url) ?? [];
	return host === "" || isLoopbackName(host.replace(/^\[|\]$/g, ""))
		? undefined
		: host;
}
