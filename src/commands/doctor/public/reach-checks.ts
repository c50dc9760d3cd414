import { FAULTS } from "../../../faults.js";
import type { Check } from "../check.js";
import { messageOf } from "../check.js";
import { redirectOf } from "../cookie-checks.js";
import { doubtful, type Found, good, wrong } from "../finding.js";
import type { Front } from "../front.js";
import {
	allAddresses,
	bodyLimit,
	httpVersion,
	reachability,
} from "../front-checks.js";
import type { Answer } from "../http-client.js";
import { isLoopback, type PublicWay } from "./public-way.js";

/** Does Galaxy answer at its address? */
export const GALAXY_CHECKS: readonly Check<PublicWay>[] = [
	{ name: "front", find: reachability },
];

/** Do requests for tools reach the proxy? They name no real tool. */
export const REACH_CHECKS: readonly Check<PublicWay>[] = [
	{ name: "front prefix", find: pathsReachUs },
	{ name: "front names", find: namesReachUs },
	{ name: "front scheme", find: otherScheme },
];

/** The checks of each way that leads to the proxy. */
export const WAY_CHECKS: readonly Check<Front>[] = [
	{ name: "front addresses", find: allAddresses },
	{ name: "front http", find: httpVersion },
	{ name: "front body", find: bodyLimit },
];

const PRINTED =
	"galaxy-proxy front nginx --for tools (or apache, haproxy, caddy, traefik) prints one.";

const REPLACED =
	"Or the front replaces the proxy's 404 by its own page (nginx: proxy_intercept_errors, Apache: ProxyErrorOverride): --probe finds that out.";

/** A path without a tool: only a proxy for tools answers that no tool is there. */
async function pathsReachUs({ byPath, config }: PublicWay): Promise<Found> {
	const { proxyPathPrefix: prefix } = config;
	if (prefix === "")
		return wrong`this proxy has no --proxyPathPrefix: tools by path cannot be opened -> ${FAULTS.noPathPrefix.remedy}`;
	const answer = await byPath.client.ask(`${prefix}/doctor`).catch(messageOf);
	if (typeof answer === "string")
		return wrong`${byPath.url.origin} does not answer below ${prefix}: ${answer}
			-> Is the front proxy running, and does it have a server for this name and port?`;
	if (answer.fault === "noPathPrefix")
		return wrong`requests below ${prefix} reach a proxy that has no --proxyPathPrefix -> ${FAULTS.noPathPrefix.remedy}`;
	if (answer.fault === "noTool")
		return good`by path: requests below ${prefix} reach the proxy`;
	if (answer.isOurs && !isPredecessors(answer))
		return wrong`requests below ${prefix} reach a galaxy-proxy that does not serve tools there: answered ${answer.status}
			-> It has another --mode or --proxyPathPrefix, or the front changes the path: in nginx a proxy_pass without a path after the port.`;
	return notOurs(answer, {
		what: `by path: requests below ${prefix}`,
		lacks: `a location for ${prefix}/`,
		from: byPath.url,
	});
}

/** Requests a host name without a tool. */
async function namesReachUs(way: PublicWay): Promise<Found | undefined> {
	const { config, wildcard } = way;
	// The check of the names has reported both.
	if (config.domainTools === "off" || wildcard === undefined) return undefined;
	const front = await way.byHost();
	const answer = await front.client.ask("/doctor").catch(messageOf);
	if (typeof answer === "string")
		return wrong`by host name: ${front.url.protocol}//${wildcard} does not answer: ${answer}
			-> Is the front proxy running, and does it have a server for this name and port?`;
	// The proxy looks into the map as soon as Host names a tool. Galaxy makes the map with its first tool.
	if (answer.fault === "noTool" || answer.fault === "mapUnreadable")
		return good`by host name: requests for ${wildcard} reach the proxy`;
	if (answer.isOurs && !isPredecessors(answer))
		return wrong`by host name: requests for ${wildcard} reach a galaxy-proxy that finds no tool in the name: answered ${answer.status}
			-> The front must pass Host on as sent. nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On.`;
	return notOurs(answer, {
		what: `by host name: requests for ${wildcard}`,
		lacks: `a server for ${wildcard}`,
		from: front.url,
	});
}

/** gx-it-proxy answers each request for an unknown tool like this; ours has the text for containers that do not answer. */
function isPredecessors({ fault, askedIn }: Answer): boolean {
	return fault === "targetMissing" && askedIn === undefined;
}

interface Way {
	readonly what: string;
	/** The part that may be missing in the front proxy if another program answers. */
	readonly lacks: string;
	readonly from: URL;
}

/** Another program has answered. */
function notOurs(answer: Answer, { what, lacks, from }: Way): Found {
	const { status, headers } = answer;
	if (isPredecessors(answer))
		return wrong`${what} reach gx-it-proxy, not this proxy: answered ${status}, Proxy target missing
			-> Stop gx-it-proxy and start this proxy on its port, or lead the front to this proxy's --port. With gravity: galaxyctl restart gx-it-proxy after the installation.`;
	const by = headers.server === undefined ? "" : `, by ${headers.server}`;
	const answered = `${what} do not reach the proxy: answered ${status}${by}`;
	if (status === 502 || status === 503 || status === 504)
		return wrong`${answered}
			-> The front passes them on, but nobody answers there: its port and host must be the proxy's --port and --ip (SELinux: setsebool -P httpd_can_network_connect 1).`;
	const to = redirectOf(answer, from);
	if (status >= 300 && status < 400)
		return wrong`${answered}, with Location ${to?.origin ?? "missing"}
			-> The front or Galaxy redirects them, or its login takes them: ${lacks} is missing, or another rule comes first.`;
	if (status === 401 || status === 403)
		return wrong`${answered}
			-> The front's login or a rule takes them. Tools by host name never have the login's cookie; all requests for tools must pass to the proxy. nginx: auth_basic off, auth_request off; Apache: Require all granted.`;
	return wrong`${answered}
		-> The front lacks ${lacks}, or leads it elsewhere (Galaxy answers such paths with its own page). ${PRINTED}${status === 404 ? ` ${REPLACED}` : ""}`;
}

const OTHER_MS = 3000;

/** If Galaxy uses https, is http redirected? Otherwise tokens and cookies travel unencrypted. */
async function otherScheme(way: PublicWay): Promise<Found | undefined> {
	const { url, byPath, base } = way;
	if (url.protocol === "http:")
		return isLoopback(url.hostname)
			? good`Galaxy and its tools are http, on this host alone`
			: doubtful`Galaxy is http: passwords, cookies and tokens of tools can be read on the way
				-> Set up https in the front proxy, for Galaxy's name and the wildcard of the tools.`;
	// Only the default port of https has a counterpart for http.
	if (url.port !== "") return undefined;
	const origin = `http://${base.hostname}`;
	const plain = byPath.client.with({ origin });
	const question = { patienceMs: OTHER_MS };
	const path = `${byPath.prefix}/doctor`;
	const answer = await plain.ask(path, question).catch(() => undefined);
	if (answer === undefined) return good`${origin} does not answer`;
	const to = redirectOf(answer, new URL(origin));
	if (to?.protocol === "https:") return good`${origin} is redirected to https`;
	return answer.isOurs
		? doubtful`tools are also answered at ${origin}, without TLS: their tokens and cookies can be read on the way
			-> Redirect http to https. nginx: return 301 https://$host$request_uri; in the server of port 80.`
		: good`${origin} does not lead to the proxy (answered ${answer.status})`;
}

/** The ways that lead to the proxy, for the checks of each. */
export async function* reachedWays(way: PublicWay): AsyncIterable<Front> {
	const ways = [way.byPath];
	if (way.wildcard !== undefined && way.config.domainTools === "on")
		ways.push(await way.byHost());
	for (const front of ways) {
		const answer = await front.client
			.ask(`${front.prefix}/doctor`)
			.catch(() => undefined);
		if (answer?.fault === "noTool") yield front;
	}
}
