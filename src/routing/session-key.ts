import { parseCookie } from "cookie";
import { trimWhiteSpace } from "../http1/fields.js";
import { SESSION_KEY_BYTES } from "../limits.js";

/** Whom a request's cookies name. */
export interface SessionKeys {
	/** Of the session's cookies the last, as Galaxy itself reads them. Empty where that cannot be anybody's. */
	readonly sessionKey: string;
	/** What the others name, each once. */
	readonly otherKeys: readonly string[];
}

const NO_KEYS: readonly string[] = [];
const NOBODY: SessionKeys = { sessionKey: "", otherKeys: NO_KEYS };

/**
 * Who asks? The one answer for HTTP and for upgrades.
 * @param cookies all Cookie lines of the request as one (latin1), or null
 * @param name the session cookie's name, case-sensitive
 */
export function identify(cookies: string | null, name: string): SessionKeys {
	if (cookies === null || !cookies.includes(name)) return NOBODY;
	const keys = cookies
		.split(";")
		.filter((pair) => pair.includes(name))
		.map((pair) => parseCookie(pair, { decode: (raw) => raw })[name])
		.filter((value) => value !== undefined)
		.map(keyOf);
	const sessionKey = keys.at(-1) ?? "";
	if (keys.length < 2) return { sessionKey, otherKeys: NO_KEYS };
	const others = new Set(keys);
	others.delete(sessionKey);
	others.delete("");
	return { sessionKey, otherKeys: [...others] };
}

function keyOf(value: string): string {
	if (value.length > SESSION_KEY_BYTES) return "";
	const key = value.includes("%") ? percentDecode(value) : value;
	// Galaxy before its cookie was set wrote rows of the key None: the string that the legacy made of it.
	return key === "null" ? "" : key;
}

/** As the legacy's unescape(), but for its %uXXXX: what is no valid escape stays as it is, bytes are latin1. */
function percentDecode(value: string): string {
	return value.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
		String.fromCharCode(Number.parseInt(hex, 16)),
	);
}

/** A Cookie line's value without the cookies that are withheld, the rest as sent; empty where nothing is left. */
export function withoutCookies(
	value: string,
	withheld: { withholdsCookie(name: string): boolean },
): string {
	const pairs = value.split(";");
	const kept = pairs.filter((pair) => {
		const equals = pair.indexOf("=");
		const name = equals < 0 ? pair : pair.slice(0, equals);
		return !withheld.withholdsCookie(trimWhiteSpace(name));
	});
	if (kept.length === pairs.length) return value;
	return trimWhiteSpace(kept.join(";"));
}
