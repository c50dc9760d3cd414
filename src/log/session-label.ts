import { createHash } from "node:crypto";

/** How a session is named to people: the first 8 hex digits of its key's SHA-256. The key itself is a password. */
export function sessionLabel(key: string): string {
	return createHash("sha256").update(key).digest("hex").slice(0, 8);
}
