import { createHash } from "node:crypto";

/** Characters of all session cookies of a request. Galaxy's have a few hundred. */
const LONGEST = 4 * 1024;

/** The session cookies of a request. */
export interface SessionCookies {
	/** As sent, for a Cookie line of our own; empty without any, and if they cannot be Galaxy's. */
	readonly line: string;
	/** Names them in maps and never shows them. */
	readonly hash: string;
}

const NONE: SessionCookies = { line: "", hash: "" };

/**
 * @param cookies the values of all Cookie lines of the request, joined (latin1)
 * @param names of the session cookies, case-sensitive
 */
export function sessionCookiesOf(
	cookies: string | undefined,
	names: readonly string[],
): SessionCookies {
	if (cookies === undefined) return NONE;
	const pairs = cookies
		.split(";")
		.map((pair) => pair.trim())
		.filter((pair) => isSession(pair, names));
	const line = pairs.join("; ");
	if (line === "" || line.length > LONGEST) return NONE;
	const hash = createHash("sha256").update(line, "latin1").digest("base64url");
	return { line, hash };
}

function isSession(pair: string, names: readonly string[]): boolean {
	const equals = pair.indexOf("=");
	if (equals < 0) return false;
	const hasValue = pair.slice(equals + 1).trim() !== "";
	return hasValue && names.includes(pair.slice(0, equals).trim());
}
