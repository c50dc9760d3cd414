import { randomBytes } from "node:crypto";
import { partsOf, type Target } from "../route.js";
import type { Connection } from "./sqlite-driver.js";
import { MAKE_TOOLS_TABLE } from "./tables.js";
import { KEY_TYPE } from "./tool-row.js";

const DELETE = "DELETE FROM gxitproxy WHERE key=? AND key_type=?";
const INSERT =
	"INSERT INTO gxitproxy (key, key_type, token, host, port, info) VALUES (?, ?, ?, ?, ?, ?)";
/** The key as the map's list shows it, the port as text, as it is read. */
export const DELETE_TOOL_AS_READ =
	"DELETE FROM gxitproxy WHERE key || '/' || token = ? AND host IS ? AND CAST(port AS TEXT) IS ? AND rowid = ?";

/** Replaces or, without a target, removes a tool's row. Returns whether it was in the map. */
export function writeTool(
	connection: Connection,
	session: string,
	target: Target | undefined,
): boolean {
	const { key, token } = partsOf(session);
	if (target !== undefined) connection.prepare(MAKE_TOOLS_TABLE).run();
	const { changes } = connection.prepare(DELETE).run(key, KEY_TYPE);
	if (target !== undefined) {
		const { host, port } = target;
		connection.prepare(INSERT).run(key, KEY_TYPE, token, host, port, null);
	}
	return Number(changes) > 0;
}

/** A token as Galaxy makes them: 64 random bits in base 36. */
export function newToken(): string {
	return randomBytes(8).readBigUInt64BE().toString(36);
}
