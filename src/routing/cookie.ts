import { parseCookie } from "cookie";
import { SESSION_KEY_BYTES } from "../limits.js";
import { type Named, NO_KEYS, UNNAMED } from "./scheme.js";

/**
 * Finds the keys in a request's session cookies. The last cookie is the one that Galaxy reads. The same for HTTP requests
 * and for upgrades.
 * @param cookies the values of all Cookie lines of the request, joined (latin1)
 * @param name the session cookie's name, case-sensitive
 */
export function findSessionKeys(
	cookies: string | undefined,
	name: string,
): Named {
	if (cookies === undefined || !cookies.includes(name)) return UNNAMED;
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
	// Before Galaxy set its cookie it wrote rows with the key None, which the legacy turned into this string.
	return key === "null" ? "" : key;
}

/** Like the legacy's unescape() without its %uXXXX: invalid escapes remain, bytes are latin1. */
function percentDecode(value: string): string {
	return value.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
		String.fromCharCode(Number.parseInt(hex, 16)),
	);
}
