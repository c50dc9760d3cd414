import type { ClientBase } from "pg";
import { NotWritten } from "../map-edit.js";
import { withoutTable } from "./database-list.js";

/** The name of the trigger and of its function. gx-it-proxy's documentation gives its own trigger the same name. */
export const TRIGGER = "gxitproxy_notify";
export const INDEX = "gxitproxy_host_port";

/** A trigger on the table that notifies the channel. */
export interface NotifyingTrigger {
	readonly name: string;
	/** The name of its function. */
	readonly function: string;
	readonly isOurs: boolean;
	readonly isOurName: boolean;
	/** Whether ALTER TABLE has switched it off. */
	readonly isOff: boolean;
}

/** Which results of install-trigger the table already has, and what the role may do. */
export interface TriggerState {
	/** Quoted for SQL. */
	readonly schema: string;
	readonly role: string;
	readonly owner: string;
	readonly isReadOnly: boolean;
	readonly triggers: readonly NotifyingTrigger[];
	/** Whether a trigger has our trigger's name, whatever it does. */
	readonly isNameTaken: boolean;
	/** A function with our trigger's name. */
	readonly function: { readonly doesNotify: boolean } | undefined;
	/** Whether other triggers use that function. */
	readonly isFunctionShared: boolean;
	/** The name of an index that finds rows by host and port, quoted for SQL. */
	readonly index: string | undefined;
	/** An index of our name is left over from an attempt that was interrupted. */
	readonly isIndexBroken: boolean;
	/** An index of our name is on other columns. */
	readonly isIndexOther: boolean;
	/** The role's rights: the table's owner's, to make triggers, and to make functions in the schema. */
	readonly mayOwn: boolean;
	readonly mayTrigger: boolean;
	readonly mayMakeFunction: boolean;
}

const TABLE = `SELECT quote_ident(n.nspname) AS schema, current_user AS role, pg_get_userbyid(c.relowner) AS owner,
	current_setting('transaction_read_only') = 'on' AS "isReadOnly",
	EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgname = '${TRIGGER}') AS "isNameTaken",
	pg_has_role(c.relowner, 'USAGE') AS "mayOwn",
	has_table_privilege(c.oid, 'TRIGGER') AS "mayTrigger",
	has_schema_privilege(n.oid, 'CREATE') AS "mayMakeFunction"
	FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = to_regclass('gxitproxy')`;

/** tgtype: 1 is FOR EACH ROW, 2 BEFORE. tgenabled: D is disabled, R fires on replicas alone. */
const TRIGGERS = `SELECT t.tgname AS name, p.proname AS function, t.tgenabled IN ('D', 'R') AS "isOff",
	t.tgname = '${TRIGGER}' AS "isOurName", (t.tgname = '${TRIGGER}' AND p.proname = '${TRIGGER}' AND t.tgtype & 3 = 0) AS "isOurs"
	FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
	WHERE t.tgrelid = to_regclass('gxitproxy') AND NOT t.tgisinternal AND p.prosrc ~* 'notify' AND p.prosrc ~* 'gxitproxy'
	ORDER BY t.tgname`;

const FUNCTION = `SELECT p.prosrc ~* 'notify' AND p.prosrc ~* 'gxitproxy' AS "doesNotify",
	EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgfoid = p.oid
		AND NOT (t.tgrelid = c.oid AND t.tgname = '${TRIGGER}')) AS "isShared"
	FROM pg_class AS c JOIN pg_proc AS p ON p.pronamespace = c.relnamespace
	WHERE c.oid = to_regclass('gxitproxy') AND p.proname = '${TRIGGER}' AND p.pronargs = 0`;

/** Indexes of our name, and all others that find rows by host and port. */
const INDEXES = `SELECT quote_ident(i.relname) AS name, i.relname = '${INDEX}' AS "isNamed", x.indisvalid AS "isValid",
	(SELECT string_agg(a.attname, ',' ORDER BY k.at) FROM unnest(x.indkey) WITH ORDINALITY AS k(number, at)
		LEFT JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.number WHERE k.at <= 2) IN ('host,port', 'port,host')
		AND x.indpred IS NULL AS "isFitting"
	FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
	WHERE x.indrelid = to_regclass('gxitproxy') ORDER BY "isNamed" DESC, i.relname`;

/** Looks at the table's triggers and indexes. @throws NotWritten without a table, the client's errors */
export async function triggerState(client: ClientBase): Promise<TriggerState> {
	const table = (await client.query(TABLE)).rows[0];
	if (table === undefined) {
		const found = await client.query("SELECT current_database() AS name");
		throw new NotWritten(withoutTable(found.rows[0]?.name));
	}
	const { rows: triggers } = await client.query<NotifyingTrigger>(TRIGGERS);
	const [own] = (await client.query(FUNCTION)).rows;
	const { rows: indexes } = await client.query(INDEXES);
	const named = indexes.find(({ isNamed }) => isNamed);
	return {
		...table,
		triggers,
		function: own && { doesNotify: own.doesNotify },
		isFunctionShared: own?.isShared ?? false,
		index: indexes.find(({ isValid, isFitting }) => isValid && isFitting)?.name,
		isIndexBroken: named !== undefined && !named.isValid,
		isIndexOther: named?.isValid === true && !named.isFitting,
	};
}

/** The statements of a change: first one transaction, then statements outside of transactions. */
export interface Steps {
	readonly together: readonly string[];
	readonly alone: readonly string[];
}

/** The statements that make the missing trigger and index. A trigger of another program stays. */
export function stepsToInstall(state: TriggerState): Steps {
	const { schema, triggers, index, isIndexBroken, isNameTaken } = state;
	const table = `${schema}.gxitproxy`;
	const makeFunction = `CREATE FUNCTION ${schema}.${TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_notify('gxitproxy', 'Table "gxitproxy" changed');
  RETURN NULL;
END
$$`;
	const makeTrigger = `CREATE TRIGGER ${TRIGGER} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${table}
  FOR EACH STATEMENT EXECUTE PROCEDURE ${schema}.${TRIGGER}()`;
	const isOff = triggers.some(({ isOurs, isOff }) => isOurs && isOff);
	const together = isNameTaken
		? isOff
			? [`ALTER TABLE ${table} ENABLE TRIGGER ${TRIGGER}`]
			: []
		: [...(state.function === undefined ? [makeFunction] : []), makeTrigger];
	const alone = [
		...(isIndexBroken ? [dropIndex(schema)] : []),
		...(index === undefined
			? [
					`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${INDEX} ON ${table} (host, port)`,
				]
			: []),
	];
	return { together, alone };
}

/** The statements that remove what install-trigger made. */
export function stepsToRemove(state: TriggerState): Steps {
	const { schema, triggers, isIndexBroken, index, isFunctionShared } = state;
	const isOurs = triggers.some((trigger) => trigger.isOurs);
	const hasFunction = state.function?.doesNotify === true && !isFunctionShared;
	const together = [
		...(isOurs ? [`DROP TRIGGER ${TRIGGER} ON ${schema}.gxitproxy`] : []),
		...(hasFunction && (isOurs || triggers.length === 0)
			? [`DROP FUNCTION ${schema}.${TRIGGER}()`]
			: []),
	];
	const hasIndex = index === INDEX || isIndexBroken;
	return { together, alone: hasIndex ? [dropIndex(schema)] : [] };
}

function dropIndex(schema: string): string {
	return `DROP INDEX CONCURRENTLY IF EXISTS ${schema}.${INDEX}`;
}

/** The rights that the statements need and the role does not have: each a sentence with its remedy. */
export function missingRights(state: TriggerState, steps: Steps): string[] {
	const { schema, role, owner } = state;
	const table = `${schema}.gxitproxy`;
	const all = [...steps.together, ...steps.alone];
	const needs = (words: RegExp) =>
		all.some((statement) => words.test(statement));
	const missing: string[] = [];
	if (!state.mayMakeFunction && needs(/^CREATE FUNCTION/))
		missing.push(
			`the role "${role}" may not make a function in the schema ${schema}: let a superuser run GRANT CREATE ON SCHEMA ${schema} TO "${role}"`,
		);
	if (!state.mayTrigger && needs(/^CREATE TRIGGER/))
		missing.push(
			`the role "${role}" may not make a trigger on ${table}: let "${owner}" run GRANT TRIGGER ON ${table} TO "${role}"`,
		);
	if (!state.mayOwn && needs(/^(CREATE INDEX|DROP|ALTER)/))
		missing.push(
			`only the owner of ${table}, "${owner}", may make or remove its index, or remove its trigger: connect as that role, or let a superuser run GRANT "${owner}" TO "${role}"`,
		);
	return missing;
}

/**
 * Runs the statements. The last ones wait for transactions that other programs have open.
 * @throws the client's errors
 */
export async function runSteps(
	client: ClientBase,
	{ together, alone }: Steps,
): Promise<void> {
	if (together.length > 0) {
		await client.query("BEGIN");
		try {
			await client.query(
				"SET LOCAL lock_timeout = 10000; SET LOCAL statement_timeout = 20000",
			);
			for (const statement of together) await client.query(statement);
			await client.query("COMMIT");
		} catch (error) {
			await client.query("ROLLBACK").catch(() => {});
			throw error;
		}
	}
	for (const statement of alone) await client.query(statement);
}
