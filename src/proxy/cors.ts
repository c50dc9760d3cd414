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

/** With a list, an upgrade from an origin outside it is refused: WebSockets know no CORS. */
export function mayUpgrade(policy: CorsPolicy, origin: string | null): boolean {
	if (typeof policy === "string" || origin === null) return true;
	return policy.includes(origin.toLowerCase());
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
