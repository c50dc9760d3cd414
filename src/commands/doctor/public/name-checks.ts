import { isIP } from "node:net";
import type { Check } from "../check.js";
import { doubtful, type Found, good, unchecked, wrong } from "../finding.js";
import { withoutBrackets } from "../http-client.js";
import { addressesOf, type PublicWay, strangersLabel } from "./public-way.js";

/** Checks how browsers resolve and judge the tools' names. */
export const NAME_CHECKS: readonly Check<PublicWay>[] = [
	{ name: "tool names", find: wildcardName },
	{ name: "same site", find: site },
];

const HALF =
	"Three quarters of the tools have names of their own; those by path need none.";

/** Does the name of a tool lead to the front proxy? */
async function wildcardName(way: PublicWay): Promise<Found> {
	const { base, wildcard, url, config, isSeparate, isUsers } = way;
	if (config.domainTools === "off")
		return good`--check-owner serves tools by path alone: no names are needed`;
	if (wildcard === undefined && !isUsers)
		return unchecked`the names of tools: ${base.host} is an address, and users have another one -> Add --url with Galaxy's address as users type it.`;
	if (wildcard === undefined)
		return wrong`${base.host} is an address, and no host name can be below it: tools by host name cannot be opened
			-> Give Galaxy a name, and a wildcard below it in DNS. ${HALF}`;
	const name = wildcard.replace("*", strangersLabel());
	const tools = await addressesOf(name);
	const galaxys = await addressesOf(url.hostname);
	const of = isSeparate ? base.hostname : url.hostname;
	if (tools.length === 0)
		return wrong`${wildcard} does not resolve here: users cannot open tools by host name
			-> Add the wildcard to DNS: ${wildcard} as a CNAME of ${of}, or with the same addresses${addressed(galaxys)}. ${HALF}`;
	const others = tools.filter((address) => !galaxys.includes(address));
	const missing = galaxys.filter((address) => !tools.includes(address));
	if (isSeparate || (others.length === 0 && missing.length === 0))
		return good`${wildcard} resolves to ${tools.join(" and ")}${isSeparate ? "" : ", like Galaxy"}`;
	if (others.length === 0)
		return doubtful`${wildcard} resolves to ${tools.join(" and ")}, and Galaxy also to ${missing.join(" and ")}: users with that protocol alone cannot open tools
			-> Give both names the same addresses, for example by a CNAME.`;
	return doubtful`${wildcard} resolves to ${tools.join(" and ")}, and ${url.hostname} to ${galaxys.join(" and ")}
		-> That is right if a front proxy for tools runs there; the checks by host name ask it. Otherwise correct the wildcard in DNS.`;
}

function addressed(addresses: readonly string[]): string {
	return addresses.length === 0 ? "" : ` (${addresses.join(", ")})`;
}

const MEANING =
	"a page of any user's tool can set and displace Galaxy's cookies in the visitor's browser, which also sends them with that page's requests and WebSockets to Galaxy's host";
const CURE =
	"It works, and most Galaxies are so. To separate them, give the tools a registered domain of their own, for example galaxy-tools.example: interactivetools_upstream_proxy: false, interactivetools_proxy_host: that name, and its wildcard in DNS and in a certificate.";

/** Are pages of tools of the same site as Galaxy (https://html.spec.whatwg.org/#same-site)? */
function site(way: PublicWay): Found {
	const { url, base, isSeparate, config, wildcard } = way;
	const [galaxys, tools] = [url.hostname, base.hostname];
	if ((config.domainTools === "off" || wildcard === undefined) && !isSeparate)
		return doubtful`all tools are by path, on Galaxy's own origin: a page of a tool can call Galaxy's API as the user who opens it
			-> --check-owner lets only its owner open a tool. ${CURE}`;
	if (!isSeparate)
		return doubtful`tools are below ${galaxys}, so of the same site as Galaxy: ${MEANING} -> ${CURE}`;
	const shared = sharedLabels(galaxys, tools);
	if (shared === "")
		return good`tools have the domain ${tools}, which is another site than Galaxy's ${galaxys}`;
	return doubtful`tools are at ${tools}, and Galaxy is at ${galaxys}: if ${shared} is a registered name, they are of the same site, and ${MEANING}
		-> ${CURE}`;
}

/** Second-level labels below which countries register names: co.uk, ac.jp, edu.au. */
const SECOND_LEVEL =
	/^(?:ac|co|com|edu|go|gob|gouv|gov|gv|mil|ne|net|nom|or|org)$/;

/**
 * The labels at the end that two names share, if they can be a registered name; "" otherwise. Without the list of public
 * suffixes this is an estimate.
 */
export function sharedLabels(one: string, other: string): string {
	if (isIP(withoutBrackets(one)) > 0) return one === other ? one : "";
	const [left, right] = [one, other].map((name) => name.split(".").reverse());
	const shared: string[] = [];
	for (const [at, label] of (left ?? []).entries()) {
		if (right?.[at] !== label) break;
		shared.unshift(label);
	}
	const [last = "", second = ""] = [...shared].reverse();
	const isCountrys = last.length === 2 && SECOND_LEVEL.test(second);
	const least = isCountrys ? 3 : last === "localhost" ? 1 : 2;
	return shared.length >= least ? shared.join(".") : "";
}
