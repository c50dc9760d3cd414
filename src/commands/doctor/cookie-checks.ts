import type { GalaxySettings } from "../../config/config.js";
import { type Answer, ask } from "./asking.js";
import { doubtful, type Found, good, wrong } from "./finding.js";
import type { Front } from "./front.js";

const REDIRECTS = 3;

/** A cookie as a server sets it; its value is left out on purpose. */
interface SetCookie {
	readonly name: string;
	readonly path: string | undefined;
	readonly domain: string | undefined;
	readonly secure: boolean;
}

/** Would a browser send the session cookie that Galaxy sets to the environments' paths (RFC 6265 section 5.4)? */
export async function cookieFound(front: Front, name: string): Promise<Found> {
	const { cookies, path } = await cookiesAt(front);
	const own = cookies.filter((cookie) => cookie.name === name);
	const cookie = own.at(-1);
	if (cookie === undefined) return noCookie(front, cookies, name);
	const cookiePath = cookie.path ?? defaultPath(path);
	if (!isBelow(front.prefix, cookiePath))
		return wrong(
			`Galaxy sets the cookie ${name} for ${cookiePath}, so browsers do not send it to ${front.prefix}`,
			`cookie_path in Galaxy, the front's location and --proxy-prefix must fit: the environments must be below ${cookiePath}.`,
		);
	const { protocol, hostname } = front.url;
	if (cookie.secure && protocol === "http:")
		return wrong(
			`Galaxy sets the cookie ${name} as Secure, and ${front.url.origin} is http: browsers do not send it`,
			"Users must come by https; X-Forwarded-Proto and Galaxy's settings decide what it takes its scheme for.",
		);
	if (cookie.domain !== undefined && !isWithin(hostname, cookie.domain))
		return wrong(
			`Galaxy sets the cookie ${name} for the domain ${cookie.domain}, and users come to ${hostname}`,
			"cookie_domain in Galaxy must be the host name of the front, or a part of it.",
		);
	return good(
		`Galaxy sets ${name} for ${cookiePath}${cookie.secure ? ", Secure" : ""}: browsers send it to ${front.prefix}`,
	);
}

function noCookie(
	{ url, prefix }: Front,
	cookies: readonly SetCookie[],
	name: string,
): Found {
	if (!isBelow(prefix, url.pathname.replace(/\/$/, "") || "/"))
		return doubtful(
			`Galaxy is at ${url.pathname}, the environments are not below it (${prefix}): with cookie_path ${url.pathname} browsers do not send the cookie there`,
			"Set dynamic_proxy_prefix and --proxy-prefix so that the environments are below cookie_path.",
		);
	const names = cookies.map((cookie) => cookie.name).join(", ");
	if (names !== "")
		return doubtful(
			`${url.href} sets no cookie ${name}, but ${names}`,
			"If one of these is Galaxy's session cookie, start the proxy with --cookie and its name.",
		);
	return doubtful(
		`${url.href} sets no cookie ${name}, so its Path and Secure cannot be seen`,
		"Is Galaxy at this address? Look in a browser's storage for Path and Secure of the cookie after logging in.",
	);
}

/** The cookies that a first visit gets, through redirects within the same server. */
async function cookiesAt(
	front: Front,
): Promise<{ cookies: SetCookie[]; path: string }> {
	let url = front.url;
	const cookies: SetCookie[] = [];
	for (let visit = 0; ; visit++) {
		const path = `${url.pathname}${url.search}`;
		const answer = await ask(front, { path, signal: front.signal });
		cookies.push(...cookiesOf(answer));
		const next = answer.headers.location;
		if (next === undefined || visit === REDIRECTS)
			return { cookies, path: url.pathname };
		const there = URL.canParse(next, url.href) ? new URL(next, url.href) : url;
		if (there.origin !== url.origin) return { cookies, path: url.pathname };
		url = there;
	}
}

function cookiesOf({ headers }: Answer): SetCookie[] {
	return (headers["set-cookie"] ?? []).map((line) => {
		const [pair = "", ...attributes] = line.split(";");
		const of = (name: string): string | undefined =>
			attributes
				.map((attribute) =>
					/^\s*([^=\s]+)\s*(?:=\s*(.*?)\s*)?$/.exec(attribute),
				)
				.findLast((parts) => parts?.[1]?.toLowerCase() === name)?.[2];
		const path = of("path");
		return {
			name: pair.slice(0, pair.indexOf("=")).trim(),
			path: path?.startsWith("/") ? path : undefined,
			domain: of("domain")?.replace(/^\./, "").toLowerCase() || undefined,
			secure: attributes.some((each) => each.trim().toLowerCase() === "secure"),
		};
	});
}

/** RFC 6265 section 5.1.4. */
function defaultPath(path: string): string {
	return path.slice(0, path.lastIndexOf("/")) || "/";
}

function isBelow(path: string, cookiePath: string): boolean {
	if (!path.startsWith(cookiePath)) return false;
	return (
		path === cookiePath ||
		cookiePath.endsWith("/") ||
		path[cookiePath.length] === "/"
	);
}

function isWithin(host: string, domain: string): boolean {
	return host === domain || host.endsWith(`.${domain}`);
}

/** With --config: does Galaxy send its users to the front at all? */
export function galaxyFound(galaxy: GalaxySettings, { url }: Front): Found {
	const { dynamic_proxy_external_proxy: external, cookie_path } = galaxy;
	if (!external.value)
		return doubtful(
			`dynamic_proxy_external_proxy is off in ${galaxy.file}: Galaxy sends users to port ${galaxy.dynamic_proxy_bind_port.value} of its host, not to the front`,
			"Set dynamic_proxy_external_proxy to True where the front carries the environments, and restart Galaxy.",
		);
	const path = url.pathname.replace(/\/$/, "") || "/";
	if (cookie_path.value !== path)
		return doubtful(
			`cookie_path is ${cookie_path.value} in ${galaxy.file}, and Galaxy is asked for at ${path}`,
			"cookie_path must be the path at which users find Galaxy.",
		);
	return good(`${galaxy.file} sends users to the front, below ${path}`);
}
