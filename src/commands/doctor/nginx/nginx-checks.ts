import { isIP } from "node:net";
import type { MapConfig } from "../../../config/config.js";
import { socketPathOf } from "../../proxy-address.js";
import type { Check } from "../check.js";
import { doubtful, type Found, good, unchecked, wrong } from "../finding.js";
import { isOwnAddress } from "../own-addresses.js";
import {
	applying,
	isAddressOf,
	isOwn,
	type ProxyBlock,
	proxyBlocks,
} from "./blocks.js";
import {
	installedNginx,
	type NginxConfiguration,
	readNginxConfigurations,
} from "./files.js";
import { GALAXY_RULES, isOfPages } from "./galaxy-rules.js";
import { addressIn, type SuggestedAddress } from "./public-name.js";
import type { Fault, Known, Rule } from "./rule.js";
import { RULES } from "./rules.js";
import type { Directive } from "./syntax.js";

/** How nginx passes tools on, according to its files. */
export interface NginxSubject extends Omit<Known, "version"> {
	/** Whether --probe asks through the front proxy in any case. */
	readonly isProbed: boolean;
}

export const NGINX_CHECK: Check<NginxSubject> = { name: "nginx", find: nginx };

/** The most places that are named one by one. */
const LISTED = 4;
const ASK =
	"Add --probe, which asks through the front proxy, whichever server it is.";

async function* nginx(subject: NginxSubject): AsyncIterable<Found> {
	const { config, isProbed } = subject;
	const all = await readNginxConfigurations();
	const { version } = await installedNginx();
	const found = all.flatMap((each) => [
		...nginxFindings(each, { ...subject, version }),
	]);
	const where = socketPathOf(config) ?? `port ${config.port}`;
	if (found.length > 0) yield* found;
	else yield* nothing(all, where, isProbed);
}

/** No findings if no block leads to the proxy. */
export function* nginxFindings(
	configuration: NginxConfiguration,
	known: Known,
): Iterable<Found> {
	const blocks = blocksIn(configuration, known.config);
	if (blocks.length === 0) return;
	const faults = [
		...faultsOf(blocks, RULES, known),
		...faultsOf(galaxysBlocks(configuration, known), GALAXY_RULES, known),
	];
	yield* judged(configuration, blocks, faults);
}

function galaxysBlocks(
	{ directives }: NginxConfiguration,
	known: Known,
): readonly ProxyBlock[] {
	const [, socketPath, port] =
		/^(?:unix:(.+)|.*:(\d+))$/.exec(known.galaxyAddress ?? "") ?? [];
	const address = { port: Number(port), socketPath };
	// Other servers may have the port of Galaxy too, 8080.
	const isGalaxys = isAddressOf(address, isThisHost);
	return proxyBlocks(directives, isGalaxys).filter((block) =>
		isOfPages(block, known),
	);
}

type BlocksFault = Fault & { readonly block: ProxyBlock };

function faultsOf(
	blocks: readonly ProxyBlock[],
	rules: readonly Rule[],
	known: Known,
): BlocksFault[] {
	return blocks.flatMap((block) =>
		rules.flatMap((rule) => {
			const fault = rule(block, known);
			return fault === undefined ? [] : [{ block, ...fault }];
		}),
	);
}

/** Galaxy's address, as the blocks that lead to the proxy suggest it. */
export async function addressInNginx(
	config: MapConfig,
	prefix: string,
): Promise<SuggestedAddress | undefined> {
	const all = await readNginxConfigurations();
	const blocks = all.flatMap((each) => blocksIn(each, config));
	return addressIn(blocks, prefix);
}

function blocksIn({ directives }: NginxConfiguration, config: MapConfig) {
	const { port } = config;
	const socketPath = socketPathOf(config);
	const isProxys = isAddressOf(
		{ port, socketPath },
		(host) => isIP(host) === 0 || isThisHost(host),
	);
	return proxyBlocks(directives, isProxys);
}

function isThisHost(host: string): boolean {
	return (
		/^(?:localhost$|127\.|0\.0\.0\.0$|::1?$)/.test(host) || isOwnAddress(host)
	);
}

function* nothing(
	all: readonly NginxConfiguration[],
	where: string,
	isProbed: boolean,
): Iterable<Found> {
	const problems = all.flatMap((each) => each.problems);
	const [problem] = problems;
	if (problem !== undefined)
		yield unchecked`nginx's configuration is not known completely: ${problem} -> Run doctor as root. ${ASK}`;
	else if (isProbed) return;
	else if (all.length === 0)
		yield unchecked`nginx is not installed on this host, so the front proxy's configuration cannot be read -> ${ASK}`;
	else
		yield unchecked`no block of ${all.map(({ file }) => file).join(" and ")} leads to ${where} -> galaxy-proxy front nginx prints them. If another server is the front proxy, add --probe, which asks through it.`;
}

function* judged(
	{ file, problems }: NginxConfiguration,
	blocks: readonly ProxyBlock[],
	faults: readonly BlocksFault[],
): Iterable<Found> {
	const places = blocks.map(({ location, serverNames }) => {
		const [name] = serverNames;
		return `${placeOf(location)}${name === undefined ? "" : ` (${name})`}`;
	});
	const number = blocks.length === 1 ? "1 block" : `${blocks.length} blocks`;
	const rest = faults.length === 0 ? ", with all that tools need" : "";
	yield good`${number} of ${file} ${blocks.length === 1 ? "leads" : "lead"} to the proxy${rest}: ${listed(places)}`;
	for (const [problem] of [problems])
		if (problem !== undefined)
			yield doubtful`part of nginx's configuration is not known: ${problem} -> ${remedyOf(problem)}`;
	const groups = new Map<string, BlocksFault[]>();
	for (const fault of faults) {
		const same = [fault.verdict, fault.what, fault.remedy].join("\0");
		groups.set(same, [...(groups.get(same) ?? []), fault]);
	}
	for (const group of groups.values()) yield foundOf(group);
}

function remedyOf(problem: string): string {
	return /EACCES|EPERM/.test(problem)
		? "Run doctor as root."
		: "Look at nginx -t, which checks the files.";
}

function foundOf(group: readonly BlocksFault[]): Found {
	const [first] = group;
	if (first === undefined) throw new RangeError("an empty group");
	const { verdict, what, remedy } = first;
	const tag = verdict === "wrong" ? wrong : doubtful;
	const places = group.map(({ at, block }) => placeOf(at ?? block.location));
	const where = first.at === undefined ? intoBlocks(group) : "there";
	const isLine = remedy.endsWith(";");
	const advice = isLine
		? `Write ${remedy} ${where}, then nginx -t and nginx -s reload.`
		: remedy;
	return tag`${what}: ${listed([...new Set(places)])} -> ${advice}`;
}

/** A block that has proxy_set_header lines inherits no others. */
function intoBlocks(group: readonly BlocksFault[]): string {
	const inherited = group
		.filter(({ remedy }) => remedy.startsWith("proxy_set_header"))
		.flatMap(({ block }) =>
			applying(block, "proxy_set_header").filter((line) => !isOwn(line, block)),
		);
	if (inherited.length === 0) return "into these blocks";
	const places = listed([...new Set(inherited.map(placeOf))]);
	return `into these blocks, with a copy of the proxy_set_header lines that they inherit now (${places}), which nginx drops otherwise`;
}

function placeOf({ file, line }: Directive): string {
	return `${file}:${line}`;
}

function listed(places: readonly string[]): string {
	const more = places.length - LISTED;
	const rest = more > 0 ? ` and ${more} more` : "";
	return places.slice(0, LISTED).join(", ") + rest;
}
