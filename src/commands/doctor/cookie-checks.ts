import { doubtful, type Found, good, wrong } from "./finding.js";
import type { EnvironmentsFront } from "./front.js";
import type { Answer } from "./http-client.js";

const REDIRECTS = 3;

/** A cookie as a server sets it, without its value. */
type SetCookie = ReturnType<typeof cookiesOf>[number];

/** With --config: does Galaxy send its users to the front proxy? */
export function galaxySettings({
	galaxy,
	url,
}: EnvironmentsFront): Found | undefined {
	if (!galaxy) return undefined;
	const { dynamic_proxy_external_proxy: external, cookie_path } = galaxy;
	if (!external.value)
		return doubtful`dynamic_proxy_external_proxy is off in ${galaxy.file}: Galaxy sends users to port ${galaxy.dynamic_proxy_bind_port.value} of its host, not to the front
			-> Set dynamic_proxy_external_proxy to True if the front proxy serves the environments, and restart Galaxy.`;
	const path = pathOf(url);
	if (cookie_path.value !== path)
		return doubtful`cookie_path is ${cookie_path.value} in ${galaxy.file}, but --url has Galaxy at ${path}
			-> cookie_path must be the path at which users find Galaxy.`;
	return good`${galaxy.file} sends users to the front, below ${path}`;
}

/** Would a browser send Galaxy's session cookie to the environments' paths (RFC 6265 section 5.4)? */
export async function sessionCookie(front: EnvironmentsFront): Promise<Found> {
	const { url, prefix, cookieName: name } = front;
	const { cookies, path } = await cookiesAt(front);
	const cookie = cookies.findLast((each) => each.name === name);
	if (cookie === undefined) return noCookie(front, cookies);
	const cookiePath = cookie.path ?? defaultPath(path);
	if (!isBelow(prefix, cookiePath))
		return wrong`Galaxy sets the cookie ${name} for ${cookiePath}, so browsers do not send it to ${prefix}
			-> cookie_path in Galaxy, the front's location and --proxy-prefix must fit: the environments must be below ${cookiePath}.`;
	if (cookie.isSecure && url.protocol === "http:")
		return wrong`Galaxy sets the cookie ${name} as Secure, and ${url.origin} is http: browsers do not send it
			-> Users must come by https. Galaxy takes its scheme from X-Forwarded-Proto and its own settings.`;
	if (cookie.domain !== undefined && !isWithin(url.hostname, cookie.domain))
		return wrong`Galaxy sets the cookie ${name} for the domain ${cookie.domain}, and users come to ${url.hostname}
			-> cookie_domain in Galaxy must be the host name of the front, or a part of it.`;
	return good`Galaxy sets ${name} for ${cookiePath}${cookie.isSecure ? ", Secure" : ""}: browsers send it to ${prefix}`;
}

function noCookie(
	{ url, prefix, cookieName: name }: EnvironmentsFront,
	cookies: readonly SetCookie[],
): Found {
	if (!isBelow(prefix, pathOf(url)))
		return doubtful`Galaxy is at ${url.pathname}, and the environments are not below it (${prefix}): with cookie_path ${url.pathname} browsers do not send them the cookie
			-> Set dynamic_proxy_prefix and --proxy-prefix so that the environments are below cookie_path.`;
	if (cookies.length > 0)
		return doubtful`${url.href} sets no cookie ${name}, but ${cookies.map((each) => each.name).join(", ")}
			-> If one of these is Galaxy's session cookie, start the proxy with --cookie and its name.`;
	return doubtful`${url.href} sets no cookie ${name}, so its Path and Secure are unknown
		-> Is Galaxy at this address? After logging in, look at the cookie's Path and Secure in a browser's storage.`;
}

/** The cookies of a first visit, following redirects within the same server. */
async function cookiesAt({ url, client }: EnvironmentsFront) {
	const cookies: SetCookie[] = [];
	for (let visit = 0, at = url; ; visit++) {
		const answer = await client.ask(`${at.pathname}${at.search}`);
		cookies.push(...cookiesOf(answer));
		const next = redirectOf(answer, at);
		if (next?.origin !== at.origin || visit === REDIRECTS)
			return { cookies, path: at.pathname };
		at = next;
	}
}

/** The address to which an answer redirects a browser, if it does. */
export function redirectOf({ headers }: Answer, from: URL): URL | undefined {
	const { location } = headers;
	if (location === undefined) return undefined;
	return URL.canParse(location, from.href) ? new URL(location, from) : from;
}

function cookiesOf({ headers }: Answer) {
	return (headers["set-cookie"] ?? []).map((line) => {
		const [pair = "", ...attributes] = line.split(";");
		const last = (name: string) =>
			attributes
				.map((each) => each.split(/=(.*)/s))
				.findLast(([key = ""]) => key.trim().toLowerCase() === name);
		const path = last("path")?.[1]?.trim();
		const domain = last("domain")?.[1]?.trim().replace(/^\./, "");
		return {
			name: pair.slice(0, pair.indexOf("=")).trim(),
			path: path?.startsWith("/") ? path : undefined,
			domain: domain?.toLowerCase() || undefined,
			isSecure: last("secure") !== undefined,
		};
	});
}

/** Without a slash at its end. */
function pathOf({ pathname }: URL): string {
	return pathname.replace(/\/$/, "") || "/";
}

/** RFC 6265 section 5.1.4. */
function defaultPath(path: string): string {
	return path.slice(0, path.lastIndexOf("/")) || "/";
}

function isBelow(path: string, cookiePath: string): boolean {
	const folder = cookiePath.replace(/\/?$/, "/");
	return path === cookiePath || path.startsWith(folder);
}

function isWithin(host: string, domain: string): boolean {
	return host === domain || host.endsWith(`.${domain}`);
}
