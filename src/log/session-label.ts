import { createHash } from "node:crypto";
import { partsOf } from "../route.js";

/**
 * How a session is named to people: the first 8 hex digits of its key's SHA-256. The key itself is a password. Of a tool the
 * token does not count: a token of ten digits, as Galaxy's interactivetools_shorten_url makes them, could be found from the
 * digits.
 */
export function sessionLabel(sessionKey: string): string {
	const { key, token } = partsOf(sessionKey);
	const isTool = token !== "" && !token.includes("/");
	const named = isTool ? key : sessionKey;
	return createHash("sha256").update(named).digest("hex").slice(0, 8);
}
