import { createHash, timingSafeEqual } from "node:crypto";
import type { Mode } from "../mode.js";
import {
	ELSEWHERE,
	partsOf,
	type Route,
	type ToolNeeds,
	toolSession,
} from "../route.js";
import {
	addressOf,
	type Columns,
	GXPROXY2,
	HOST_AND_PORT,
	hasColumn,
	ownRow,
	ROWID,
	routeOf,
	type Table,
	textOf,
} from "./row.js";
import type { Row } from "./sqlite-driver.js";

/** The host that Galaxy writes where Kubernetes leads to the tool. */
const MANUAL = "manual";
/** Hosts that mean all addresses of this machine. */
const ANY_ADDRESS: Readonly<Record<string, string>> = {
	"0.0.0.0": "127.0.0.1",
	"::": "::1",
	"[::]": "::1",
};

/** The route of a tool's row. info: the container's needs, as JSON text or, in a JSON map, as an object. */
export function toolRouteOf(
	host: unknown,
	port: unknown,
	info: unknown,
): Route {
	if (host === MANUAL) return ELSEWHERE;
	const needs = needsOf(info);
	if (typeof needs === "string") return { kind: "not-ready", flaw: needs };
	const own = typeof host === "string" ? ANY_ADDRESS[host] : undefined;
	const route = routeOf(own ?? host, port);
	if (route.kind !== "target") return route;
	return {
		...route,
		...(needs && { tool: needs }),
		...(own !== undefined && { flaw: "any-address" }),
	};
}

/**
 * What `info` asks for; undefined if nothing. As in gx-it-proxy, JSON other than an object asks for nothing, and values count
 * as JavaScript counts them: "False" is true.
 */
function needsOf(info: unknown): ToolNeeds | undefined | "info" | "header" {
	if (info === null || info === undefined || info === "") return undefined;
	let value: unknown = info;
	if (typeof info === "string")
		try {
			value = JSON.parse(info);
		} catch {
			return "info";
		}
	if (typeof value !== "object" || value === null) return undefined;
	const {
		requires_path_in_url: url,
		requires_path_in_header_named: header = null,
	} = value as Record<string, unknown>;
	const pathInUrl = Boolean(url);
	if (header === null || header === "" || header === false)
		return pathInUrl ? { pathInUrl, pathHeader: undefined } : undefined;
	if (typeof header !== "string" || !isSettable(header)) return "header";
	return { pathInUrl, pathHeader: header };
}

/** RFC 9110, 5.1. */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
/** Fields that frame the message, name its host or session, show loops, or belong to one connection alone (RFC 9110, 7.6.1). */
const RESERVED = new Set([
	"cdn-loop",
	"connection",
	"content-length",
	"cookie",
	"expect",
	"host",
	"keep-alive",
	"proxy-authenticate",
	"proxy-authorization",
	"proxy-connection",
	"te",
	"trailer",
	"transfer-encoding",
	"upgrade",
]);

/** Whether a row may have this field set. With `_` for `-` too, since some servers read both as one (CGI). */
function isSettable(name: string): boolean {
	const field = name.toLowerCase().replaceAll("_", "-");
	const isOurs =
		field.startsWith("x-interactive-tool-") ||
		field.startsWith("sec-websocket-");
	return FIELD_NAME.test(name) && !RESERVED.has(field) && !isOurs;
}

// ---- gxitproxy

/** The key_type of every row that Galaxy writes. */
export const KEY_TYPE = "interactivetoolentrypoint";

/**
 * The session key of `own`. A row of another key_type has another one, because it may have the same key and token.
 * Undefined if no URL can name the row.
 */
const SESSION =
	" CASE WHEN typeof(own.key) = 'text' AND typeof(own.token) = 'text' AND own.token <> ''" +
	" AND instr(own.key || own.token, '/') = 0 AND instr(own.key || own.token, char(0)) = 0" +
	" AND length(own.key) + length(own.token) <= 1024 THEN own.key || '/' || own.token ||" +
	` CASE WHEN own.key_type = '${KEY_TYPE}' THEN '' ELSE '/' || substr(quote(own.key_type), 1, 300) END END AS key`;

/** Entry points of Interactive Tools. */
export const GXITPROXY: Table = {
	mode: "gxit",
	name: "gxitproxy",
	differing:
		"SELECT asked.key AS key FROM json_each(?) AS asked WHERE (" +
		"SELECT min(coalesce(own.host || ':' || own.port = asked.value, 0))" +
		" FROM gxitproxy AS found LEFT JOIN gxitproxy AS own ON own.rowid = found.rowid" +
		" WHERE found.key = substr(asked.key, 1, instr(asked.key, '/') - 1) AND own.key = found.key" +
		" AND own.token = substr(asked.key, instr(asked.key, '/') + 1)) IS NOT 1",
	columnsIn(database) {
		return hasColumn(database, "gxitproxy", "info") ? WITH_INFO : WITHOUT_INFO;
	},
	/**
	 * An unknown key takes the same work as a wrong token: where no row has the key, the next one in the index is fetched and
	 * its token compared in vain.
	 */
	find(session, { database, columns }) {
		const { key, token } = partsOf(session);
		const asked = digestOf(token);
		const [row] = database.statement(columns.rowsOfKey).all(key);
		if (row === undefined) return [];
		const isNamed = isNamedBy(row, asked);
		if (row.found !== key) return [];
		// The index leads to another's row, as while one file is copied over another.
		if (row.own !== 1) return [row];
		if (row.count === 1) return isNamed ? [row] : [];
		return database
			.statement(severalOf(columns))
			.all(key)
			.filter((each) => isNamedBy(each, asked));
	},
	routeOf: ({ host, port, info }) => toolRouteOf(host, port, info),
	claimIn({ key, host, port, rowid }) {
		const route = toolRouteOf(host, port, null);
		if (route.kind !== "target") return undefined;
		const owner = String(key);
		const address = addressOf(route.target);
		return { key: owner, address, owner, rowid: Number(rowid ?? 0) };
	},
};

export function tableOf(mode: Mode): Table {
	return mode === "gxit" ? GXITPROXY : GXPROXY2;
}

function isNamedBy({ token }: Row, asked: Buffer): boolean {
	const isText = typeof token === "string" && token !== "";
	return timingSafeEqual(digestOf(isText ? token : "-"), asked) && isText;
}

/** Digests are compared, since timingSafeEqual() takes equal lengths alone. */
function digestOf(token: string): Buffer {
	return createHash("sha256").update(token).digest();
}

const WITH_INFO = columnsWith(
	// Anything that is not text is shown as text that is not JSON.
	" CASE WHEN own.info IS NULL OR (typeof(own.info) = 'text' AND length(own.info) <= 65536 AND instr(own.info, char(0)) = 0)" +
		" THEN own.info ELSE '?' END AS info",
);
const WITHOUT_INFO = columnsWith(" NULL AS info");

function columnsWith(info: string): Columns {
	const ids = " '' AS ids";
	const all = `${HOST_AND_PORT},${ROWID},${ids},${info}`;
	const token = textOf("own.token", "token");
	// MATERIALIZED has everything looked up in every case.
	const rowsOfKey =
		"WITH asked AS MATERIALIZED (SELECT ? AS key)," +
		" place AS MATERIALIZED (SELECT" +
		" (SELECT rowid FROM gxitproxy AS next WHERE next.key >= asked.key ORDER BY next.key LIMIT 1) AS next," +
		" (SELECT key FROM gxitproxy AS next WHERE next.key >= asked.key ORDER BY next.key LIMIT 1) AS found," +
		" (SELECT rowid FROM gxitproxy AS least ORDER BY least.key LIMIT 1) AS least FROM asked)" +
		` SELECT place.found, own.key = place.found AS own,${SESSION},${token},${all},` +
		" (SELECT count(*) FROM gxitproxy AS other WHERE other.key = own.key) AS count" +
		" FROM place JOIN gxitproxy AS own ON own.rowid = coalesce(place.next, place.least)";
	return { table: GXITPROXY, key: SESSION, all, ids, rowsOfKey };
}

/** Finds all rows of a key. */
function severalOf({ all }: Columns): string {
	return `SELECT${ownRow("gxitproxy", `${SESSION},${textOf("own.token", "token")},${all}`)} WHERE found.key = ?`;
}

/** The session key that a row's `key` stands for. */
export function sessionOf(key: string): string {
	const [entryPoint = "", token = ""] = key.split("/");
	return toolSession(entryPoint, token);
}
