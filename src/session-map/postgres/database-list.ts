import type { ClientBase } from "pg";
import { sessionLabel } from "../../log/session-label.js";
import { toolSession, UNKNOWN } from "../../route.js";
import type { Entry } from "../map-list.js";
import { isNobodys } from "../route-finder.js";
import { addressOf, routeAt } from "../row.js";
import { KEY_TYPE, toolRouteOf } from "../tool-row.js";
import { NotMadeYet } from "../unreadable.js";
import { AddressLeaders } from "./address-leaders.js";

/** A row of gxitproxy as it was read: text or null. Secret: it has the token. */
export interface DatabaseRow {
	readonly key: string;
	readonly keyType: string | null;
	readonly token: string | null;
	readonly host: string | null;
	readonly port: string | null;
	readonly info: string | null;
	/** The number of the transaction that wrote it. */
	readonly xmin: number;
	/** When that transaction was committed, in seconds since 1970; null unless the server records it. */
	readonly writtenAt: number | null;
}

/** An entry of a database, with the row that it was made of. */
export interface DatabaseEntry extends Entry {
	readonly stored: DatabaseRow;
}

/** The table as a whole. */
export interface TableSummary {
	readonly count: number;
	/** Of the table with its indexes, as the server words it: "96 kB". */
	readonly size: string;
	readonly ended: number;
	readonly contested: number;
}

/** Rows per query: some milliseconds of the server, and no transaction stays open between two queries. */
const PAGE_ROWS = 1_000;
/** The longest info that is read, in bytes, as in a SQLite map. */
const INFO_BYTES = 65_536;

/** The parts of the queries that depend on the table's definition. */
interface TableForm {
	/** Expressions for the columns of DatabaseRow. */
	readonly columns: string;
}

const FORM = `SELECT current_database() AS database, to_regclass('gxitproxy') IS NOT NULL AS exists,
	EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('gxitproxy')
		AND attname = 'info' AND NOT attisdropped) AS info,
	current_setting('track_commit_timestamp') = 'on' AS timestamps`;

/** @throws NotMadeYet */
async function formOf(client: ClientBase): Promise<TableForm> {
	const { rows } = await client.query(FORM);
	const [{ exists, info, timestamps, database }] = rows;
	if (!exists) throw new NotMadeYet(withoutTable(database), false);
	const columns = [
		"own.key::text AS key",
		'own.key_type::text AS "keyType"',
		"own.token::text AS token",
		"left(own.host::text, 300) AS host",
		"left(own.port::text, 20) AS port",
		info
			? `CASE WHEN octet_length(own.info::text) <= ${INFO_BYTES} THEN own.info::text WHEN own.info IS NOT NULL THEN '?' END AS info`
			: "NULL AS info",
		"own.xmin::text::bigint::float8 AS xmin",
		timestamps
			? 'extract(epoch FROM pg_xact_commit_timestamp(own.xmin))::float8 AS "writtenAt"'
			: 'NULL::float8 AS "writtenAt"',
	];
	return { columns: columns.join(", ") };
}

/** The message for a database without the table. */
export function withoutTable(database: string): string {
	return `the database ${database} has no table gxitproxy yet: Galaxy makes it when the first Interactive Tool starts, and gx-it-proxy-create-db --sessions URL makes it now. If a tool is running, compare --sessions with Galaxy's interactivetoolsproxy_map.`;
}

/**
 * All rows that a request can name, in pages by key. Rows that stay in the table are returned once each, even if others are
 * written meanwhile, and a million rows need little memory.
 * @param oneOwner whether only the latest of the rows with one address is served
 * @throws NotMadeYet, the client's errors
 */
export async function* databaseEntries(
	client: ClientBase,
	oneOwner: boolean,
): AsyncGenerator<readonly DatabaseEntry[]> {
	const form = await formOf(client);
	const leaders = oneOwner ? await leadersIn(client, form) : undefined;
	for await (const rows of pagesOf(client, form))
		yield rows
			.map((row) => entryOf(row, leaders))
			.filter(({ key }) => !isNobodys(key));
}

/**
 * The table's newest rows, its size and its rows that are not served.
 * @param most how many rows
 * @throws as databaseEntries()
 */
export async function listDatabase(
	client: ClientBase,
	most: number,
	oneOwner: boolean,
): Promise<TableSummary & { readonly rows: readonly DatabaseEntry[] }> {
	const form = await formOf(client);
	const leaders = oneOwner ? await leadersIn(client, form) : undefined;
	const newest = await client.query<DatabaseRow>(
		`SELECT ${form.columns} FROM gxitproxy AS own ORDER BY age(own.xmin), own.key, own.key_type LIMIT $1`,
		[most],
	);
	const rows = newest.rows
		.map((row) => entryOf(row, leaders))
		.filter(({ route }) => route.kind !== "unknown");
	const { count, size } = await sizeOf(client);
	const { ended, contested } = leaders?.counts() ?? { ended: 0, contested: 0 };
	return { count, size, ended, contested, rows };
}

/** The number of rows, and the size of the table with its indexes. */
export async function sizeOf(
	client: ClientBase,
): Promise<Pick<TableSummary, "count" | "size">> {
	const { rows } = await client.query<{ count: number; size: string }>(
		"SELECT count(*)::float8 AS count, pg_size_pretty(pg_total_relation_size(to_regclass('gxitproxy'))) AS size FROM gxitproxy",
	);
	return rows[0] ?? { count: 0, size: "0 bytes" };
}

/** Reads the whole table. */
async function leadersIn(
	client: ClientBase,
	form: TableForm,
): Promise<AddressLeaders> {
	const next = await client.query<{ next: number }>(
		"SELECT mod(txid_snapshot_xmax(txid_current_snapshot()), 4294967296)::float8 AS next",
	);
	const leaders = new AddressLeaders(next.rows[0]?.next ?? 0);
	for await (const rows of pagesOf(client, form))
		for (const row of rows) {
			const session = sessionOf(row);
			const { route } = entryOf(row, undefined);
			if (route.kind === "target")
				leaders.add(addressOf(route.target), row, sessionLabel(session));
		}
	return leaders;
}

async function* pagesOf(
	client: ClientBase,
	{ columns }: TableForm,
): AsyncGenerator<readonly DatabaseRow[]> {
	const text = `SELECT ${columns} FROM gxitproxy AS own WHERE (own.key, own.key_type) > ($1, $2) ORDER BY own.key, own.key_type LIMIT ${PAGE_ROWS}`;
	let after: readonly (string | null)[] = ["", ""];
	for (;;) {
		const { rows } = await client.query<DatabaseRow>(text, [...after]);
		if (rows.length > 0) yield rows;
		const last = rows.at(-1);
		if (last === undefined || rows.length < PAGE_ROWS) return;
		after = [last.key, last.keyType];
	}
}

/** The session key that names the row in a request; without a token if none can. */
function sessionOf({ key, token }: DatabaseRow): string {
	const isNameable = token && !key.includes("/") && !token.includes("/");
	return toolSession(key, isNameable ? token : "");
}

function entryOf(
	stored: DatabaseRow,
	leaders: AddressLeaders | undefined,
): DatabaseEntry {
	const key = sessionOf(stored);
	if (key.endsWith("/")) return { key, route: UNKNOWN, stored };
	const route = toolRouteOf(stored.host, stored.port, stored.info);
	if (route.kind !== "target" || leaders === undefined)
		return { key, route, stored };
	const own = sessionLabel(key);
	const { standing, rivals } = leaders.standingOf(
		addressOf(route.target),
		stored,
	);
	return {
		key,
		route: routeAt(route, standing),
		rivals: rivals.filter((label) => label !== own),
		stored,
	};
}

/** Whether Galaxy wrote the row, and so removes it by its key. */
export function isGalaxys({ keyType }: DatabaseRow): boolean {
	return keyType === KEY_TYPE;
}
