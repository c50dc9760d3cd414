import { lookup } from "node:dns/promises";
import type { PeerCertificate } from "node:tls";
import { FAULTS } from "../../faults.js";
import { codeOf } from "../../session-map/unreadable.js";
import { namesOf } from "./certificate-names.js";
import { type Check, messageOf } from "./check.js";
import { galaxySettings, redirectOf, sessionCookie } from "./cookie-checks.js";
import { doubtful, type Found, good, unchecked, wrong } from "./finding.js";
import {
	type EnvironmentsFront,
	type Front,
	placeOf,
	raiseBody,
} from "./front.js";
import { type Answer, Unanswered, withoutBrackets } from "./http-client.js";

/** Checks that need no session. */
export const FRONT_CHECKS: readonly Check<EnvironmentsFront>[] = [
	{ name: "galaxy", find: galaxySettings },
	{ name: "front", find: reachability },
	{ name: "cookie", find: sessionCookie, unlessWrong: "front" },
	{ name: "front prefix", find: pathToProxy, unlessWrong: "front" },
	{ name: "front addresses", find: allAddresses, unlessWrong: "front" },
	{ name: "front http", find: httpVersion, ifGood: "front prefix" },
	{ name: "front body", find: bodyLimit, ifGood: "front prefix" },
];

const KIB = 1024;
const MIB = KIB * KIB;
/** Sizes of the announced bodies, the largest first. */
const SIZES = [1024 * MIB, 100 * MIB, 10 * MIB, MIB, 64 * KIB];
/** Below this limit every upload of a data set fails. */
const ENOUGH = 100 * MIB;
/** Milliseconds without a refusal, after which the front must be waiting for the body. */
const ANNOUNCED_MS = 1500;

const NO_ANSWER = { isOurs: true, status: 0 };

/** Does it answer, and would a browser trust its certificate? The other checks ignore that, so the answer is the first finding. */
export async function* reachability({
	url,
	client,
}: Pick<Front, "url" | "client">): AsyncIterable<Found> {
	const ask = (isStrict: boolean) =>
		client.with({ isStrict }).ask(url.pathname);
	const strict = await ask(true).catch((error: unknown) => ({ error }));
	const distrust =
		"error" in strict ? distrusted(url, strict.error) : undefined;
	const answer =
		distrust === undefined
			? strict
			: await ask(false).catch((error: unknown) => ({ error }));
	yield "error" in answer
		? unreachable(url, answer.error)
		: answering(url, answer);
	if (distrust !== undefined) yield distrust;
}

function answering(url: URL, answer: Answer): Found {
	const { status } = answer;
	const { origin } = redirectOf(answer, url) ?? url;
	if (origin !== url.origin)
		return wrong`${url.href} sends browsers to ${origin} -> Give doctor the address where users arrive: --url ${origin}${url.pathname}`;
	if (status >= 500)
		return doubtful`${url.href} answers ${status}: the front proxy runs, but Galaxy behind it has a problem
			-> Look at Galaxy's log. Requests to the proxy are checked below all the same.`;
	if (status === 404)
		return doubtful`${url.href} answers 404: is Galaxy there? -> Give doctor the address at which users find Galaxy.`;
	return good`${url.href} answers (${status})`;
}

/** Undefined if the error is not about the certificate. */
function distrusted({ origin, hostname }: URL, error: unknown) {
	const code = codeOf(error);
	if (code === "CERT_HAS_EXPIRED")
		return wrong`the certificate of ${origin} has ended: browsers refuse it -> Renew it and reload the front proxy.`;
	if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
		const { cert } = error as { cert: PeerCertificate };
		return wrong`the certificate of ${origin} is for ${namesOf(cert)}, not for ${hostname}: browsers refuse it
			-> Get one for ${hostname}, or give doctor the name that users type: --url.`;
	}
	if (code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE")
		return doubtful`the certificate of ${origin} has an issuer that this host does not know, and the front sends no certificate of that issuer: programs, and some browsers, refuse it
			-> nginx: ssl_certificate must name the file with the whole chain (fullchain.pem). If the issuer is your own, NODE_EXTRA_CA_CERTS=FILE tells doctor its certificate.`;
	if (!/CERT|SIGNATURE|SIGNED|ISSUER|ERR_TLS/.test(code)) return undefined;
	return doubtful`the certificate of ${origin} is not trusted here: ${messageOf(error)}
		-> Browsers warn of it, unless they know its issuer and this host does not: then NODE_EXTRA_CA_CERTS=FILE tells doctor the issuer's certificate.`;
}

function unreachable({ origin, hostname }: URL, error: unknown): Found {
	const what = `${origin} cannot be reached: ${messageOf(error)}`;
	const code = codeOf(error);
	if (/ENOTFOUND|EAI_AGAIN/.test(code))
		return wrong`${what}
			-> Correct the name, in --url or in Galaxy's galaxy_infrastructure_url, or let this host resolve ${hostname}, by DNS or in its /etc/hosts.`;
	if (/EPROTO|WRONG_VERSION|ERR_SSL|HPE_/.test(code))
		return wrong`${what} -> The port does not speak this scheme: it is http where https was asked for, or the reverse.`;
	return wrong`${what} -> Is the front proxy running, does it listen on this port, and does a firewall let this host in?`;
}

/** Do requests below the prefix reach our proxy? Only it gives the answer to a request without a session. */
async function pathToProxy({ prefix, client }: Front): Promise<Found> {
	const answer = await client.ask(`${prefix}/doctor`);
	if (answer.fault === "outsidePrefix")
		return wrong`requests below ${prefix} reach the proxy, but not below its --proxy-prefix
			-> The front must not change the path: in nginx a proxy_pass without a path (or with the whole ${prefix}), in Apache the same path on both sides. ${FAULTS.outsidePrefix.remedy}`;
	if (answer.isOurs) return good`requests below ${prefix} reach the proxy`;
	return anotherAnswer(prefix, answer);
}

function anotherAnswer(prefix: string, { status, headers }: Answer): Found {
	const by = headers.server === undefined ? "" : `, by ${headers.server}`;
	const what = `requests below ${prefix} do not reach the proxy: answered ${status}${by}`;
	const replaced =
		"Or the front replaces the proxy's 403 by its own page (proxy_intercept_errors, ProxyErrorOverride): --probe finds that out.";
	if (status === 502 || status === 503 || status === 504)
		return wrong`${what}
			-> The front passes them on, but nobody answers there: its port and host must be the proxy's --port and --ip (SELinux: setsebool -P httpd_can_network_connect 1).`;
	if (status >= 300 && status < 400)
		return wrong`${what}, with Location ${headers.location ?? "missing"}
			-> The front or Galaxy redirects them: a location for ${prefix} is missing, or another rule comes first.`;
	if (status === 401 || status === 403)
		return wrong`${what} -> The front asks for a login, or denies ${prefix}: it must pass these requests on to the proxy. ${replaced}`;
	return wrong`${what}
		-> The front has no location for ${prefix}, or its prefix is not Galaxy's cookie_path and dynamic_proxy_prefix: compare both, then reload the front. galaxy-proxy front nginx (or apache) prints one. ${replaced}`;
}

/** Do all addresses of the front's name lead to the proxy? Browsers take any that accepts the connection, IPv6 first. */
export async function allAddresses(front: Front): Promise<Found | undefined> {
	const { prefix } = front;
	const name = withoutBrackets(front.url.hostname);
	// The checks of names report one that does not resolve.
	const found = await lookup(name, { all: true }).catch(() => []);
	const addresses = [...new Set(found.map(({ address }) => address))];
	if (addresses.length < 2) return undefined;
	const answers = await Promise.all(
		addresses.map(async (address) => {
			const client = front.client.with({ address });
			const answer = client.ask(`${prefix}/doctor`);
			// Browsers skip an address where nobody answers.
			const { isOurs, status } = await answer.catch(() => NO_ANSWER);
			return isOurs ? "" : `${address} (answered ${status})`;
		}),
	);
	const others = answers.filter((answer) => answer !== "");
	// The check of the prefix has reported that no address leads to the proxy.
	if (others.length === addresses.length) return undefined;
	if (others.length === 0)
		return good`${placeOf(front)}${name} leads to the proxy at ${addresses.join(" and ")}`;
	return wrong`${placeOf(front)}${name} has several addresses, and requests${prefix && ` below ${prefix}`} do not reach the proxy at ${others.join(" and ")}
		-> Browsers take any of them. The front's server must listen on all (nginx: listen 80 and listen [::]:80, or 443, in the same server, or another server block answers), or the name must lose that address.`;
}

export async function* httpVersion({
	prefix,
	client,
	places,
}: Front): AsyncIterable<Found> {
	let isKnown = false;
	for (const [where, place] of places) {
		const { askedIn } = await client.ask(prefix + place);
		isKnown ||= askedIn !== undefined;
		if (askedIn === "HTTP/1.1") yield good`${where}the front uses ${askedIn}`;
		else if (askedIn !== undefined)
			yield doubtful`${where}the front uses ${askedIn}: a new connection for each request, and no WebSockets unless it sends Upgrade and Connection: upgrade
				-> nginx: proxy_http_version 1.1; Apache: remove force-proxy-request-1.0.`;
	}
	if (!isKnown)
		yield unchecked`the answer does not show which HTTP version the front uses -> The front, or a proxy that is older than this doctor, leaves Proxy-Status out.`;
}

/** Does the front limit the size of request bodies? */
export async function bodyLimit(front: Front): Promise<Found> {
	let refused = 0;
	for (const size of SIZES) {
		if (!(await isRefused(front, size)))
			return limitBetween(front, size, refused);
		refused = size;
	}
	return limitBetween(front, 0, refused);
}

/** A front that accepts the size passes the request on, or waits for the body. */
async function isRefused({ prefix, client }: Front, announcedBytes: number) {
	const question = { method: "POST", patienceMs: ANNOUNCED_MS, announcedBytes };
	try {
		const { isOurs, status } = await client.ask(`${prefix}/doctor`, question);
		return !isOurs && (status === 413 || status === 400);
	} catch (error) {
		if (error instanceof Unanswered) return false;
		if (/ECONNRESET|EPIPE/.test(codeOf(error))) return true;
		throw error;
	}
}

function limitBetween(front: Front, passed: number, refused: number): Found {
	const where = placeOf(front);
	if (refused === 0)
		return good`${where}the front accepts a request body of ${sizeOf(passed)}`;
	const accepted = passed === 0 ? "" : `; it accepts ${sizeOf(passed)}`;
	const problem = passed < ENOUGH ? wrong : doubtful;
	return problem`${where}the front refuses request bodies of ${sizeOf(refused)} (413)${accepted} -> ${raiseBody(front)}`;
}

function sizeOf(bytes: number): string {
	return bytes >= MIB ? `${bytes / MIB} MiB` : `${bytes / KIB} KiB`;
}
