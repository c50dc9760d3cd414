import { once } from "node:events";
import { TLSSocket } from "node:tls";
import type { Client } from "pg";
import type { MapConfig } from "../../config/config.js";
import type { Database } from "../../database.js";
import {
	connectOnce,
	end,
	isOfPooler,
} from "../../session-map/postgres/connect.js";
import {
	type TriggerState,
	triggerState,
} from "../../session-map/postgres/database-trigger.js";

/** A map in PostgreSQL, the subject of its checks. */
export interface DatabaseSubject {
	readonly config: MapConfig;
	readonly database: Database;
	/** What a connection shows; read only once. @throws Unreadable */
	readonly facts: () => Promise<DatabaseFacts>;
	/** The table's facts; undefined if this role sees no such table. @throws Unreadable */
	readonly table: () => Promise<TableFacts | undefined>;
}

export interface DatabaseFacts {
	readonly client: Client;
	end(): Promise<void>;
	/** "127.0.0.1:5432", or the folder of its socket and the port. */
	readonly server: string;
	/** The version of TLS; undefined without it. */
	readonly tls: string | undefined;
	readonly version: string;
	readonly role: string;
	readonly isSuperuser: boolean;
	readonly isStandby: boolean;
	readonly isReadOnly: boolean;
	/** Whether a standby receives from its primary. */
	readonly isReceiving: boolean;
	/** A standby's lag: seconds since the last transaction that it replayed; 0 if it has replayed everything that it received. */
	readonly lag: number | null;
	/** Seconds by which the server's clock is ahead of this host's. */
	readonly ahead: number;
	/** Half of the query's duration, in seconds. */
	readonly uncertainty: number;
	/** Tables of Galaxy's own database that were found here. */
	readonly galaxyTables: readonly string[];
	/** Schemas in which there is a table of the map's name. */
	readonly schemas: readonly string[];
	/** Whether pgbouncer or another pooler has answered. The proxy does not listen through one. */
	readonly isPooled: boolean;
	/** Whether notifications arrive. */
	readonly isNotified: boolean;
}

export interface TableFacts extends TriggerState {
	readonly columns: Readonly<Record<string, string>>;
	readonly hasKeyIndex: boolean;
	readonly maySelect: boolean;
	readonly mayWrite: boolean;
}

/** Milliseconds. */
const STATEMENT_MS = 10_000;

const FACTS = `SELECT pg_backend_pid() AS pid, current_setting('server_version') AS version, current_user AS role,
	(SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "isSuperuser",
	pg_is_in_recovery() AS "isStandby", current_setting('transaction_read_only') = 'on' AS "isReadOnly",
	EXISTS (SELECT FROM pg_stat_wal_receiver) AS "isReceiving",
	CASE WHEN NOT pg_is_in_recovery() THEN NULL
		WHEN EXISTS (SELECT FROM pg_stat_wal_receiver) AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
		ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 END AS lag,
	extract(epoch FROM clock_timestamp())::float8 AS now,
	ARRAY(SELECT name FROM unnest(ARRAY['galaxy_user', 'job', 'history']) AS name WHERE to_regclass(name) IS NOT NULL) AS "galaxyTables",
	ARRAY(SELECT n.nspname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE c.relname = 'gxitproxy' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')) AS schemas`;

const TABLE = `SELECT has_table_privilege(c.oid, 'SELECT') AS "maySelect",
	has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS "mayWrite",
	(SELECT json_object_agg(attname, format_type(atttypid, atttypmod)) FROM pg_attribute
		WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
	EXISTS (SELECT FROM pg_index AS x JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
		WHERE x.indrelid = c.oid AND a.attname = 'key' AND x.indisvalid AND x.indpred IS NULL) AS "hasKeyIndex"
	FROM pg_class AS c WHERE c.oid = to_regclass('gxitproxy')`;

/** Connects, to a standby if there is nothing else, and looks. The caller ends the connection. @throws Unreadable */
export async function databaseFacts(
	database: Database,
): Promise<DatabaseFacts> {
	const client = await connect(database);
	const began = Date.now();
	const { rows } = await client.query(FACTS);
	const ended = Date.now();
	const { now, pid, ...facts } = rows[0];
	return {
		...facts,
		client,
		end: () => end(client),
		isPooled: isOfPooler(client, pid),
		server: serverOf(client),
		tls: tlsOf(client),
		ahead: now - (began + ended) / 2_000,
		uncertainty: (ended - began) / 2_000,
		isNotified: !facts.isStandby && (await isNotified(client, database)),
	};
}

export async function tableFacts({
	client,
}: DatabaseFacts): Promise<TableFacts | undefined> {
	const [table] = (await client.query(TABLE)).rows;
	return table && { ...(await triggerState(client)), ...table };
}

async function connect(database: Database): Promise<Client> {
	const statementMs = STATEMENT_MS;
	try {
		return await connectOnce(database, { statementMs });
	} catch (error) {
		const standby = connectOnce(database, { statementMs, allowStandby: true });
		return await standby.catch(() => {
			throw error;
		});
	}
}

function serverOf({ host, port }: Client): string {
	return host.startsWith("/") ? `${host} port ${port}` : `${host}:${port}`;
}

function tlsOf(client: Client): string | undefined {
	const { stream } = (client as unknown as { connection: { stream: unknown } })
		.connection;
	return stream instanceof TLSSocket
		? (stream.getProtocol() ?? "TLS")
		: undefined;
}

/** A different channel from the map's, so that no proxy looks at its map because of this check. */
const CHANNEL = "gxitproxy_doctor";
/** Milliseconds for a notification, which takes one or two. */
const NOTIFIED_MS = 1_000;

/**
 * Whether LISTEN works, which it does not behind a pooler in transaction mode. Another connection sends the notification, because
 * a pooler passes on a notification that comes together with the answer to the listener's own statement.
 */
async function isNotified(
	listening: Client,
	database: Database,
): Promise<boolean> {
	const late = AbortSignal.timeout(NOTIFIED_MS);
	const heard = once(listening, "notification", { signal: late }).then(
		() => true,
		() => false,
	);
	let other: Client | undefined;
	try {
		await listening.query(`LISTEN ${CHANNEL}`);
		other = await connectOnce(database, { statementMs: STATEMENT_MS });
		await other.query(`NOTIFY ${CHANNEL}`);
		const isHeard = await heard;
		await listening.query(`UNLISTEN ${CHANNEL}`);
		return isHeard;
	} catch {
		return false;
	} finally {
		if (other !== undefined) await end(other);
	}
}
