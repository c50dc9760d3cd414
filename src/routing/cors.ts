/** Which origins may read answers: --cors. A list holds origins as browsers send them, in lower case. */
export type CorsPolicy = "same-host" | "any" | "none" | readonly string[];

/** What CORS adds to one answer (Fetch standard, 3.2). */
export interface CorsGrant {
	/** Null: credentials are allowed but no origin is named, as the legacy did without an Origin. */
	readonly origin: string | null;
}

/**
 * @param origin the request's Origin, null without one
 * @param host the request's Host, null without one
 * @returns null where the container's own fields pass unchanged
 */
export function grantOf(
	policy: CorsPolicy,
	origin: string | null,
	host: string | null,
): CorsGrant | null {
	if (policy === "none") return null;
	if (policy === "any") return { origin: origin || null };
	if (origin === null || origin === "") return null;
	const allowed =
		policy === "same-host"
			? isSameHost(afterScheme(origin), host)
			: policy.includes(origin.toLowerCase());
	return allowed ? { origin } : null;
}

/** What an upgrade says of where it comes from and goes to; null where it does not. */
export interface UpgradeFrom {
	readonly origin: string | null;
	readonly host: string | null;
	/** X-Forwarded-Host: a browser's page cannot send it, so that it is what a front proxy was asked for. */
	readonly forwardedHost: string | null;
}

/**
 * Whether a page of this origin may open a WebSocket: they know no CORS, and browsers send cookies with them from any
 * page of the same site, which other users' tools are. Programs, which send no Origin, may.
 */
export function mayUpgrade(policy: CorsPolicy, from: UpgradeFrom): boolean {
	const { origin, host, forwardedHost } = from;
	if (origin === null || policy === "any" || policy === "none") return true;
	if (policy !== "same-host") return policy.includes(origin.toLowerCase());
	const authority = afterScheme(origin);
	if (isSameHost(authority, host)) return true;
	const asked = forwardedHost?.split(",").map((name) => name.trim()) ?? [];
	if (asked.some((name) => isSameHost(authority, name))) return true;
	return isNameHidden(from);
}

/** Whether a front proxy on this machine hides what it was asked for, so that the origin cannot be judged. */
export function isNameHidden({ host, forwardedHost }: UpgradeFrom): boolean {
	if (forwardedHost !== null) return false;
	const name = host === null ? null : hostName(host);
	return (
		name === null ||
		name === "localhost" ||
		name === "[::1]" ||
		/^127(\.\d{1,3}){3}$/.test(name)
	);
}

/** The lines that a grant adds, without Vary. */
export function corsLines(grant: CorsGrant): string {
	const credentials = "Access-Control-Allow-Credentials: true\r\n";
	return grant.origin === null
		? credentials
		: `Access-Control-Allow-Origin: ${grant.origin}\r\n${credentials}`;
}

function afterScheme(origin: string): string {
	const at = origin.indexOf("://");
	return at < 0 ? "" : origin.slice(at + 3);
}

/** An authority's host in lower case, without port; IPv6 literals keep their brackets. */
function hostName(authority: string): string | null {
	const name = /^(\[[^\]]*\]|[^:/]+)(?::[0-9]*)?$/.exec(authority)?.[1];
	return name === undefined ? null : name.toLowerCase();
}

function isSameHost(authority: string, host: string | null): boolean {
	const name = hostName(authority);
	return name !== null && host !== null && name === hostName(host);
}
