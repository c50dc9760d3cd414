import type { ClientBase } from "pg";
import { partsOf, type Target } from "../../route.js";
import { NotWritten } from "../map-edit.js";
import { MAKE_TOOLS_TABLE } from "../tables.js";
import { KEY_TYPE } from "../tool-row.js";
import { codeOf } from "../unreadable.js";
import { type DatabaseRow, withoutTable } from "./database-list.js";

/** The client that makes a change, and the report of a wait. */
export interface DatabaseEdit {
	readonly client: ClientBase;
	/** Called once if another program has locked the table for longer than a write takes. */
	readonly onWait: (held: string) => void;
}

const TABLE = "SELECT to_regclass('gxitproxy') IS NOT NULL AS exists";
const DELETE = "DELETE FROM gxitproxy WHERE key = $1 AND key_type = $2";
const INSERT =
	"INSERT INTO gxitproxy (key, key_type, token, host, port) VALUES ($1, $2, $3, $4, $5)";
/** Deletes only rows that nobody has written since they were read. */
const DELETE_AS_READ = `DELETE FROM gxitproxy AS own
	USING unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
		AS was(key, key_type, token, host, port, xmin)
	WHERE own.key = was.key AND own.xmin::text = was.xmin
		AND own.key_type::text IS NOT DISTINCT FROM was.key_type
		AND own.token::text IS NOT DISTINCT FROM was.token
		AND own.host::text IS NOT DISTINCT FROM was.host
		AND own.port::text IS NOT DISTINCT FROM was.port`;

/** Milliseconds to wait for another program's lock on the table or a row, the same as for a file; and until onWait(). */
const LOCK_MS = 10_000;
const WAIT_MS = 500;

/**
 * Writes a tool's row in one transaction as Galaxy does: the table if it is missing, DELETE, INSERT.
 * @returns whether the table was made
 * @throws NotWritten
 */
export function addTool(
	edit: DatabaseEdit,
	session: string,
	{ host, port }: Target,
): Promise<boolean> {
	const { key, token } = partsOf(session);
	return madeOnce(edit, async (client) => {
		const isNew = await makeTable(client);
		await client.query(DELETE, [key, KEY_TYPE]);
		await client.query(INSERT, [key, KEY_TYPE, token, host, port]);
		return isNew;
	});
}

/** @returns whether the tool had a row @throws NotWritten */
export function removeTool(
	edit: DatabaseEdit,
	session: string,
): Promise<boolean> {
	const { key } = partsOf(session);
	return inTransaction(edit, async (client) => {
		const { rowCount } = await client.query(DELETE, [key, KEY_TYPE]);
		return (rowCount ?? 0) > 0;
	});
}

/**
 * Removes rows, each only if it is still as it was read.
 * @returns the number of rows removed
 * @throws NotWritten
 */
export function removeStored(
	edit: DatabaseEdit,
	rows: readonly DatabaseRow[],
): Promise<number> {
	const columns = [
		rows.map(({ key }) => key),
		rows.map(({ keyType }) => keyType),
		rows.map(({ token }) => token),
		rows.map(({ host }) => host),
		rows.map(({ port }) => port),
		rows.map(({ xmin }) => String(xmin)),
	];
	return inTransaction(edit, async (client) => {
		const { rowCount } = await client.query(DELETE_AS_READ, columns);
		return rowCount ?? 0;
	});
}

/** Makes Galaxy's table of tools. @returns whether it was missing @throws NotWritten */
export function makeDatabaseTable(edit: DatabaseEdit): Promise<boolean> {
	return madeOnce(edit, makeTable);
}

/** unique_violation and duplicate_table: another program has made the table in the meantime. */
const MADE_BY_OTHERS = ["23505", "42P07"];

/** Begins again if another program makes the table at the same time. */
async function madeOnce(
	edit: DatabaseEdit,
	body: (client: ClientBase) => Promise<boolean>,
): Promise<boolean> {
	try {
		return await inTransaction(edit, body);
	} catch (error) {
		const cause = error instanceof NotWritten ? error.cause : undefined;
		if (!MADE_BY_OTHERS.includes(codeOf(cause))) throw error;
		return inTransaction(edit, body);
	}
}

/** Looks first, as Galaxy does, because even CREATE TABLE IF NOT EXISTS needs the right to make one. */
async function makeTable(client: ClientBase): Promise<boolean> {
	const { rows } = await client.query(TABLE);
	if (rows[0]?.exists) return false;
	await client.query(MAKE_TOOLS_TABLE);
	return true;
}

async function inTransaction<T>(
	{ client, onWait }: DatabaseEdit,
	body: (client: ClientBase) => Promise<T>,
): Promise<T> {
	const waiting = setTimeout(() => onWait("the table gxitproxy"), WAIT_MS);
	try {
		await client.query("BEGIN");
		// For this transaction alone, since a pooler gives the connection to others afterwards.
		await client.query(
			`SET LOCAL lock_timeout = ${LOCK_MS}; SET LOCAL statement_timeout = ${2 * LOCK_MS}`,
		);
		const value = await body(client);
		await client.query("COMMIT");
		return value;
	} catch (error) {
		await client.query("ROLLBACK").catch(() => {});
		throw await notWritten(client, error);
	} finally {
		clearTimeout(waiting);
	}
}

/** Names the role and the right that is missing, and what to do. */
export async function notWritten(
	client: ClientBase,
	error: unknown,
): Promise<unknown> {
	const code = codeOf(error);
	if (!/^[0-9A-Z]{5}$/.test(code)) return error;
	const { rows } = await client
		.query("SELECT current_user AS role, current_database() AS database")
		.catch(() => ({ rows: [] }));
	const { role = "this role", database = "given" } = rows[0] ?? {};
	return new NotWritten(sentenceOf(code, String(error), role, database), {
		cause: error,
	});
}

function sentenceOf(
	code: string,
	text: string,
	role: string,
	database: string,
): string {
	const named = `"${role}"`;
	const [, schema] = /schema "?([^"]+?)"?$/.exec(text) ?? [];
	switch (code) {
		case "42501":
			return schema === undefined
				? `the role ${named} may not write to the table gxitproxy. Use the role with which Galaxy writes, or let the table's owner run: GRANT SELECT, INSERT, DELETE ON gxitproxy TO ${named}`
				: `the role ${named} may not make a table in the schema ${schema} of the database ${database}. Use the role with which Galaxy writes, or let the database's owner run: GRANT CREATE ON SCHEMA ${schema} TO ${named}`;
		case "42P01":
			return withoutTable(database);
		case "25006":
			return `the database ${database} is read-only here: this server is a standby, or default_transaction_read_only is on. Name the primary in the URL, or several hosts and target_session_attrs=read-write.`;
		case "55P03":
		case "57014":
			return `the table gxitproxy was locked for ${LOCK_MS / 1000} s by another program. Look for it with: SELECT pid, state, query FROM pg_stat_activity WHERE datname = '${database}'`;
		case "22001":
			return "the key or the token is longer than a column of the table permits (Galaxy's: 16 and 32 characters). Give a shorter one.";
		default:
			return `the database ${database} refused the change (${text}). Check the table gxitproxy, and the server's log.`;
	}
}
