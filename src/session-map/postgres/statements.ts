import { createHash } from "node:crypto";
import type { Target } from "../../route.js";
import type { Statement } from "./prepared-statement.js";

/** The spellings of this machine that addressOf() and toolRouteOf() treat as one. */
const LOCAL =
	"'localhost', '127.0.0.1', '::1', '[::1]', '0.0.0.0', '::', '[::]'";

/** Named, since a table may have other columns, and these statements may use the same names. */
const COLUMNS = "key, key_type, token, host, port";

/** The longest values that are read, in bytes, as in a SQLite map. */
const MOST_BYTES = { token: 1_024, host: 300, port: 20 };

/** A column of this row, or NULL if it is too long. */
const text = (row: string, column: keyof typeof MOST_BYTES) =>
	`CASE WHEN octet_length(${row}.${column}::text) <= ${MOST_BYTES[column]} THEN ${row}.${column}::text END`;

/** The beginning of a row's key or key_type, which is longer than that of a row that a request can name. */
const begin = (row: string, column: "key" | "key_type") =>
	`left(${row}.${column}::text, 1025)`;

/** Info that is too long is replaced by a text that is not JSON. */
const INFO =
	"CASE WHEN octet_length(own.info::text) > 65536 THEN '?' ELSE own.info::text END";

/** The most rows that are read of one address: more than a tool has entry points. Only a mistake fills a table with more. */
export const MOST_OTHERS = 100;

/**
 * The spellings that occur in the table, if an index can find them: searched once in a statement. Searching for all spellings at
 * each row would double the work.
 */
const SPELLINGS = {
	"by host":
		`ARRAY(SELECT local.host FROM unnest(ARRAY[${LOCAL}]) AS local(host)` +
		" WHERE EXISTS (SELECT FROM gxitproxy AS other WHERE other.host = local.host))",
	"by port": `ARRAY[${LOCAL}]`,
};

const OTHER =
	`json_build_array(${begin("other", "key")}, ${begin("other", "key_type")}, ${text("other", "token")}, ${text("other", "host")},` +
	" other.xmin::text)";

/** The other rows with the address of `own`: at most one more than are judged, which shows that there are too many. */
const othersBy = (column: keyof typeof SPELLINGS) =>
	`(SELECT json_agg(other.columns) FROM (SELECT ${OTHER} AS columns` +
	" FROM gxitproxy AS other WHERE other.port = own.port AND" +
	" (other.key, other.key_type) IS DISTINCT FROM (own.key, own.key_type) AND other.host = ANY" +
	` (CASE WHEN own.host IN (${LOCAL}) THEN ${SPELLINGS[column]} ELSE ARRAY[own.host] END)` +
	` LIMIT ${MOST_OTHERS + 1}) AS other)`;

/** The same spelling for all names of a row's machine; NULL for a text that is too long to be a name. */
const machineOf = (row: string) =>
	`CASE WHEN octet_length(${row}.host::text) > ${MOST_BYTES.host} THEN NULL WHEN ${row}.host IN (${LOCAL}) THEN 'localhost' ELSE lower(${row}.host) END`;

/**
 * The rows of each address of `own` that several rows share, `own` among them. Without an index the table is read once for all
 * sessions: once for each of them would take longer than a statement may.
 */
const SHARED =
	"SELECT machine, port, json_agg(columns) AS rows FROM (" +
	`SELECT ${machineOf("other")} AS machine, other.port, ${OTHER} AS columns,` +
	` row_number() OVER (PARTITION BY ${machineOf("other")}, other.port) AS number FROM gxitproxy AS other` +
	" WHERE other.port = ANY (ARRAY(SELECT own.port FROM own))) AS other" +
	` WHERE number <= ${MOST_OTHERS + 2} GROUP BY 1, 2 HAVING count(*) > 1`;
const IS_SHARED = `shared.port = own.port AND shared.machine = ${machineOf("own")}`;

/** The properties of the table on which the statements depend. */
export interface TableForm {
	/** Older tables have no info. */
	readonly hasInfo: boolean;
	/**
	 * How the other rows of an address are found: by an index that begins with this column, or by a scan; not at all in a large
	 * table without an index, or if they do not count.
	 */
	readonly others: "by host" | "by port" | "by a scan" | "not at all";
}

/**
 * The rows of the keys in $1 as JSON, a single value because each value of an answer costs both sides: place of the key, counted
 * from 1; key_type, token, host, port, info, xmin, others. Casts, because the result of a prepared statement may not change its
 * types when the table is recreated; and only keys, because servers may log parameters.
 */
export function routesOf({ hasInfo, others }: TableForm): Statement {
	const name = `routes ${hasInfo} ${others}`;
	const known = routes.get(name);
	if (known !== undefined) return known;
	const { tables, join, rows } = othersIn(others);
	const made = {
		name,
		text:
			"WITH own AS (SELECT asked.place, found.* FROM unnest($1::text[]) WITH ORDINALITY AS asked(key, place) JOIN LATERAL" +
			// OFFSET 0: row by row through the index. The server would rather read all of a small table.
			` (SELECT ${COLUMNS}${hasInfo ? ", info" : ""}, xmin FROM gxitproxy WHERE key = asked.key OFFSET 0) AS found ON TRUE)${tables}` +
			` SELECT json_agg(json_build_array(own.place, ${begin("own", "key_type")}, ${text("own", "token")}, ${text("own", "host")},` +
			` ${text("own", "port")}, ${hasInfo ? INFO : "NULL"}, own.xmin::text, ${rows}))::text FROM own${join}`,
	};
	routes.set(name, made);
	return made;
}

/** By their names; each question needs one. */
const routes = new Map<string, Statement>();

/** A parameter for the keys, which are printable ASCII: there, JSON escapes as PostgreSQL does. */
export function arrayOf(keys: readonly string[]): string {
	return `{${JSON.stringify(keys).slice(1, -1)}}`;
}

/** The sessions of $1 (keys) whose row is not as in $2 (see digestOf), or share their address with other rows, by their number from 1. */
export function differingOf({ others }: TableForm): Statement {
	const { tables, join, rows } = othersIn(others);
	return {
		name: `differing ${others}`,
		text:
			"WITH own AS (SELECT asked.place, found.* FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked(key, digest, place)" +
			` LEFT JOIN LATERAL (SELECT ${COLUMNS} FROM gxitproxy WHERE key = asked.key OFFSET 0) AS found ON encode(sha256(convert_to(` +
			`concat_ws(E'\\n', found.token, found.host, found.port), 'UTF8')), 'hex') = asked.digest)${tables}` +
			` SELECT DISTINCT own.place::int FROM own${join} WHERE own.key IS NULL OR ${rows} IS NOT NULL`,
	};
}

/** The other rows of each row of `own`, and the tables that a statement needs for them. */
function othersIn(others: TableForm["others"]): {
	readonly tables: string;
	readonly join: string;
	readonly rows: string;
} {
	switch (others) {
		case "by host":
		case "by port":
			return { tables: "", join: "", rows: othersBy(others) };
		case "by a scan": {
			const join = ` LEFT JOIN shared ON ${IS_SHARED}`;
			return { tables: `, shared AS (${SHARED})`, join, rows: "shared.rows" };
		}
		case "not at all":
			return { tables: "", join: "", rows: "NULL" };
	}
}

/** The digest of a row with this session and target, as the statement makes it. */
export function digestOf(token: string, { host, port }: Target): string {
	return createHash("sha256")
		.update(`${token}\n${host}\n${port}`)
		.digest("hex");
}

/** The bytes of a partitioned table, which has none itself. PostgreSQL 11 has no pg_partition_tree(). */
const PARTITIONS_BYTES =
	"WITH RECURSIVE part AS (SELECT map.oid UNION ALL SELECT inhrelid FROM pg_inherits JOIN part ON inhparent = part.oid)" +
	" SELECT sum(pg_relation_size(part.oid)) FROM part";

/**
 * A look at the table that reads no rows: the visible transactions, the first of which no later one has ended, the running ones,
 * the table's number, its bytes, the first column of an index that finds addresses, whether it has a column `info`, and whether
 * the server is a standby.
 */
export const LOOK: Statement = {
	name: "look",
	text:
		"SELECT txid_current_snapshot()::text, (txid_snapshot_xmax(txid_current_snapshot()) % 4294967296)::text," +
		// pg_stat_activity shows other users' transactions to privileged users alone, and no savepoints.
		" (SELECT json_agg(DISTINCT transactionid::text) FROM pg_locks WHERE locktype = 'transactionid')::text," +
		" map.oid::text, (CASE WHEN EXISTS (SELECT FROM pg_class WHERE oid = map.oid AND relkind = 'p')" +
		` THEN (${PARTITIONS_BYTES}) ELSE pg_relation_size(map.oid) END)::text,` +
		" (SELECT min(attname)::text FROM pg_index JOIN pg_attribute AS first ON attrelid = indrelid AND attnum = indkey[0]" +
		" WHERE indrelid = map.oid AND indisvalid AND indpred IS NULL AND ARRAY(" +
		"SELECT attname::text FROM pg_attribute WHERE attrelid = map.oid AND attnum = ANY ((indkey::int2[])[0:1]) ORDER BY 1)" +
		" = ARRAY['host', 'port'])," +
		" EXISTS (SELECT FROM pg_attribute WHERE attrelid = map.oid AND attname = 'info' AND NOT attisdropped)," +
		" pg_is_in_recovery()" +
		" FROM (SELECT to_regclass('gxitproxy')::oid AS oid) AS map",
};

/** If another table comes first in the search path from now on, prepared statements would still read the former one. */
export const DISCARD_PLANS: Statement = {
	name: "discard_plans",
	text: "DISCARD PLANS",
};

/** The number of rows, and a sum that grows with each written row. Together they show whether the content has changed. */
export const CONTENT: Statement = {
	name: "content",
	text: "SELECT count(*)::text, coalesce(sum(xmin::text::bigint), 0)::text FROM gxitproxy",
};

/** The rows that share their address with others, and the rows of the keys in $1: key, key_type, token, host, port, xmin. */
export const SHARED_ADDRESSES: Statement = {
	name: "shared_addresses",
	text:
		`SELECT ${begin("own", "key")}, ${begin("own", "key_type")}, ${text("own", "token")}, ${text("own", "host")}, ${text("own", "port")}, own.xmin::text` +
		` FROM gxitproxy AS own WHERE own.key = ANY ($1::text[]) OR (${machineOf("own")}, own.port) IN (SELECT ${machineOf("own")}, own.port` +
		" FROM gxitproxy AS own GROUP BY 1, 2 HAVING count(*) > 1) LIMIT 20001",
};
