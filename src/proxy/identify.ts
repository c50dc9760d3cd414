import { parseCookie } from "cookie";
import { SESSION_KEY_BYTES } from "../limits.js";
import { trimWhiteSpace } from "./fields.js";

/**
 * Who asks? The one answer for HTTP and for upgrades.
 * @param cookies all Cookie lines of the request as one (latin1), or null
 * @param name the session cookie's name, case-sensitive
 * @returns the session key; empty where the request has none that could be anybody's
 */
export function identify(cookies: string | null, name: string): string {
	if (cookies === null) return "";
	const value = parseCookie(cookies, { decode: (raw) => raw })[name];
	if (value === undefined || value.length > SESSION_KEY_BYTES) return "";
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

/** A Cookie line's value without every cookie of this name, the rest as sent; empty where nothing is left. */
export function withoutCookie(value: string, name: string): string {
	if (!value.includes(name)) return value;
	const kept = value.split(";").filter((pair) => {
		const equals = pair.indexOf("=");
		return trimWhiteSpace(equals < 0 ? pair : pair.slice(0, equals)) !== name;
	});
	return trimWhiteSpace(kept.join(";"));
}
