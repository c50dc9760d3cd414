import { readFile } from "node:fs/promises";
import { Unreadable } from "../../session-map/unreadable.js";
import type { Check } from "./check.js";
import type { DatabaseSubject } from "./database-facts.js";
import { doubtful, type Found, good, wrong } from "./finding.js";
import type { DatabaseListing, Host } from "./host.js";
import { labelsOf, named } from "./map-checks.js";

/** Checks of a map in PostgreSQL; the checks of a file do not run. */
export const DATABASE_CHECKS: readonly Check<DatabaseSubject>[] = [
	{ name: "map", find: connection },
	{ name: "map server", find: server, unlessWrong: "map" },
	{ name: "map clock", find: clock, unlessWrong: "map" },
	{ name: "map database", find: ownDatabase, unlessWrong: "map" },
	{ name: "map table", find: table, unlessWrong: "map" },
	{ name: "map rights", find: rights, unlessWrong: "map" },
	{ name: "map trigger", find: notifications, unlessWrong: "map" },
];

/** Checks of the rows of such a map. */
export const DATABASE_ROW_CHECKS: readonly Check<DatabaseRows>[] = [
	{ name: "rows", find: rowsNow },
	{ name: "rows", find: useless },
	{ name: "map index", find: index },
];

export interface DatabaseRows {
	readonly subject: DatabaseSubject;
	readonly listing: DatabaseListing;
}

export const PASSWORD_CHECK: Check<Host> = {
	name: "map password",
	find: password,
};

/** Seconds by which clocks may differ; clocks that are set by the network differ less. */
const CLOCK_S = 2;
/** Seconds that a standby may lag behind before users notice. */
const LAG_S = 1;
/** The columns of Galaxy's table. */
const COLUMNS = ["key", "key_type", "token", "host", "port", "info"];
/** The types in which the proxy can read each column. */
const TEXT = /^(text|character|"char"|citext|name)/;
const PORT = /^(integer|smallint|bigint|numeric|text|character)/;
const INFO = /^(text|character|json|citext)/;

const COMPARE =
	"compare the URL with Galaxy's interactivetoolsproxy_map (for gravity, gx_it_proxy.sessions)";

async function connection({
	database,
	facts,
}: DatabaseSubject): Promise<Found> {
	try {
		const { server, version, tls, role } = await facts();
		const secured = server.startsWith("/")
			? "by its unix socket"
			: tls === undefined
				? "without TLS"
				: `with ${tls}`;
		return good`${database.shown}: PostgreSQL ${version} answers at ${server} ${secured}, to the role ${role}`;
	} catch (error) {
		return unreadable(error);
	}
}

/** @throws any error that is not the map's */
export function unreadable(error: unknown): Found {
	if (!(error instanceof Unreadable)) throw error;
	const [what = "", ...rest] = error.message.split(/(?<=cannot be read): /);
	const remedy =
		rest.join(": ") || "Check the URL, the server and the network.";
	return wrong`${what} -> ${remedy}`;
}

async function server({ config, facts }: DatabaseSubject): Promise<Found> {
	const { isStandby, isReadOnly, isReceiving, lag, role } = await facts();
	if (!isStandby)
		return isReadOnly
			? good`a primary server, read-only for the role ${role}`
			: good`a primary server`;
	const behind =
		lag === null
			? "nothing replayed yet"
			: `${lag.toFixed(1)} s behind its primary`;
	if (!config.mapAllowStandby)
		return wrong`the server is a standby (${behind}), which the proxy does not read: it might serve rows that Galaxy has removed
			-> Name the primary, or all hosts and target_session_attrs=primary. --map-allow-standby accepts the lag.`;
	if (!isReceiving)
		return doubtful`the server is a standby that receives nothing from its primary -> Look at primary_conninfo and at its log. Until then no new tool can be reached.`;
	if (lag === null || lag > LAG_S)
		return doubtful`the server is a standby, ${behind} -> New tools are reached, and removed rows end, that much later. Connect to the primary instead.`;
	return good`a standby, as --map-allow-standby permits, ${behind}; it has no notifications, so the proxy looks every second`;
}

async function clock({ facts }: DatabaseSubject): Promise<Found> {
	const { ahead, uncertainty } = await facts();
	const seconds = Math.abs(ahead).toFixed(1);
	if (Math.abs(ahead) <= CLOCK_S + uncertainty)
		return good`the clocks of the server and of this host agree`;
	return doubtful`the server's clock is ${seconds} s ${ahead > 0 ? "ahead of" : "behind"} this host's -> Set both by NTP (timedatectl shows it). Times in their logs do not match.`;
}

/** Galaxy's tests of its configuration refuse it (galaxyproject/galaxy#18481). */
async function ownDatabase({
	database,
	facts,
}: DatabaseSubject): Promise<Found> {
	const { galaxyTables: tables } = await facts();
	if (tables.length === 0)
		return good`the database ${database.name} is not Galaxy's own`;
	return wrong`the database ${database.name} is Galaxy's own: it has the tables ${tables.join(", ")}. Galaxy refuses to start with interactivetoolsproxy_map on its own database
		-> Make another one (createdb -O galaxy gxitproxy), and name it both in interactivetoolsproxy_map and in --sessions.`;
}

async function* table({
	database,
	facts,
	table,
}: DatabaseSubject): AsyncIterable<Found> {
	const found = await table();
	const { schemas, role } = await facts();
	if (found === undefined) {
		yield schemas.length === 0
			? doubtful`the database ${database.name} has no table gxitproxy yet -> Galaxy makes it when the first Interactive Tool starts; gx-it-proxy-create-db --sessions URL makes it now. If a tool is running, ${COMPARE}.`
			: wrong`the table gxitproxy is in the schema ${schemas.join(", ")}, where the role ${role} does not look
				-> Let its owner run GRANT USAGE ON SCHEMA ${schemas[0]} TO "${role}", and a superuser ALTER ROLE "${role}" SET search_path = ${schemas[0]}.`;
		return;
	}
	const { columns, hasKeyIndex } = found;
	const missing = COLUMNS.filter((name) => !(name in columns));
	const isOdd = (name: string, type: string) =>
		!(name === "port" ? PORT : name === "info" ? INFO : TEXT).test(type);
	const odd = COLUMNS.filter((name) => isOdd(name, columns[name] ?? "text"));
	if (missing.length > 0)
		yield wrong`the table gxitproxy has no column ${missing.join(", ")} -> It is not Galaxy's: ${COMPARE}. gx-it-proxy-create-db makes Galaxy's table where there is none.`;
	else if (odd.length > 0)
		yield doubtful`columns of gxitproxy have other types than Galaxy's: ${odd.map((name) => `${name} ${columns[name]}`).join(", ")} -> Let Galaxy make the table: rename it, and start a tool.`;
	else
		yield good`gxitproxy: ${COLUMNS.map((name) => `${name} ${columns[name]}`).join(", ")}`;
	if (!hasKeyIndex)
		yield doubtful`gxitproxy has no index that begins with key, so each request reads the whole table -> As its owner: ALTER TABLE gxitproxy ADD PRIMARY KEY (key, key_type)`;
}

async function rights({
	facts,
	table,
}: DatabaseSubject): Promise<Found | undefined> {
	const found = await table();
	// The check of the table has reported it.
	if (found === undefined) return undefined;
	const { role, isSuperuser } = await facts();
	if (!found.maySelect)
		return wrong`the role ${role} may not read the table gxitproxy -> Let "${found.owner}" run: GRANT SELECT ON gxitproxy TO "${role}"`;
	if (isSuperuser)
		return doubtful`the role ${role} is a superuser, and the proxy needs SELECT alone -> CREATE ROLE "galaxy-proxy" LOGIN; GRANT SELECT ON gxitproxy TO "galaxy-proxy"; and name that role in the URL.`;
	return found.mayWrite
		? good`the role ${role} may read the table, and also write it, which the proxy does not need`
		: good`the role ${role} may read the table, and no more`;
}

async function* notifications({
	config,
	facts,
	table,
}: DatabaseSubject): AsyncIterable<Found> {
	const found = await table();
	const { isStandby, isNotified, isPooled, server } = await facts();
	const { pollingIntervalMs: interval } = config;
	const every =
		interval > 0
			? `the proxy looks every ${interval / 1000} s, and removed rows end their WebSockets that much later`
			: "and with --pollingInterval 0 nothing ends the WebSockets of removed rows";
	if (isPooled)
		yield doubtful`a pooler such as pgbouncer answers at ${server}, and in its transaction mode notifications do not arrive: ${every} -> If removed tools must end at once, let the proxy connect to the server itself. All else works.`;
	else if (!isStandby && !isNotified)
		yield doubtful`notifications do not arrive: ${every} -> Look for a pooler between this host and the server, and connect to the server itself.`;
	if (found === undefined || isPooled) return;
	const on = found.triggers.filter(({ isOff }) => !isOff);
	const off = found.triggers.filter(({ isOff }) => isOff);
	for (const { name } of off)
		yield doubtful`the trigger ${name} is switched off -> As the table's owner: ALTER TABLE gxitproxy ENABLE TRIGGER ${name}`;
	const [first] = on.toSorted((a, b) => Number(b.isOurs) - Number(a.isOurs));
	if (first !== undefined)
		yield first.isOurs
			? good`the trigger ${first.name} notifies of each change`
			: good`the trigger ${first.name} of gx-it-proxy or another program (function ${first.function}) notifies of each changed row`;
	else if (off.length === 0)
		yield interval > 0
			? good`no trigger notifies of changes: ${every}; routes install-trigger makes one`
			: doubtful`no trigger notifies of changes, ${every} -> Run galaxy-proxy routes install-trigger, or remove --pollingInterval 0.`;
}

function rowsNow({ listing }: DatabaseRows): Found {
	const { count, size, rows } = listing;
	if (count === 0)
		return good`the table is empty: no tool is running. If one is, Galaxy writes elsewhere: ${COMPARE}`;
	const number = count === 1 ? "1 row" : `${count} rows`;
	const waiting = labelsOf(rows, "not-ready");
	if (waiting.length === 0) return good`${number}, ${size} with indexes`;
	return doubtful`${number}, ${size} with indexes; ${waiting.length} ${waiting.length === 1 ? "is" : "are"} not ready, without a usable host, port or info: ${named(waiting)}
		-> Look in Galaxy's log for these tools; galaxy-proxy routes says why.`;
}

function* useless({ listing }: DatabaseRows): Iterable<Found> {
	const { ended, contested, rows } = listing;
	if (ended > 0)
		yield good`${ended === 1 ? "1 row is" : `${ended} rows are`} refused because a later row leads to the same address (${named(labelsOf(rows, "ended"))}): left by tools that Galaxy lost, or entry points of one tool that share a port, which only the running proxy can tell apart. galaxy-proxy routes prune --ended removes them`;
	if (contested > 0)
		yield doubtful`${contested} rows with the address of another row were written by one transaction, as when a dump is restored: ${named(labelsOf(rows, "contested"))}
			-> The proxy refuses them. Remove the rows of ended tools (galaxy-proxy routes remove KEY), or stop the tools in Galaxy and start them again.`;
}

/** The largest number of rows for which the same-address rule needs no index. */
const WITHOUT_INDEX = 20_000;

async function index({ subject, listing }: DatabaseRows): Promise<Found[]> {
	const found = await subject.table();
	if (found === undefined) return [];
	const { index, isIndexBroken, isIndexOther } = found;
	const remedies: Found[] = [];
	if (isIndexBroken)
		remedies.push(
			doubtful`the index gxitproxy_host_port is left over from an attempt that was interrupted -> Run galaxy-proxy routes install-trigger, which makes it again.`,
		);
	if (isIndexOther)
		remedies.push(
			doubtful`the index gxitproxy_host_port has other columns than host and port -> Rename it, and run galaxy-proxy routes install-trigger.`,
		);
	if (index !== undefined)
		remedies.push(good`the index ${index} finds rows with one address`);
	else if (listing.count <= WITHOUT_INDEX)
		remedies.push(
			good`no index on host and port, which is needed above ${WITHOUT_INDEX} rows alone; routes install-trigger makes it`,
		);
	else
		remedies.push(
			doubtful`there are more than ${WITHOUT_INDEX} rows and no index on host and port, so the proxy does not check whether a later row has a row's address: an old link may lead to another user's tool
				-> Run galaxy-proxy routes install-trigger, and remove rows that nobody needs: galaxy-proxy routes prune --ended.`,
		);
	return remedies;
}

/** A URL with a password before its host, or as a parameter. A proxy that hides the password leaves "..." in its place. */
const SECRET_URL =
	/\bpostgres(?:ql)?(?:\+[\w.]+)?:\/\/(?:[^@/\0]*:(?!\.{3}@)[^@\0]+@|[^\0]*[?&](?:ssl)?password=(?!\.{3})[^&\0])/i;
/** The number of the proxy's parents that are looked at: gravity starts it through supervisord, a shell and npx. */
const PARENTS = 8;

/** A proxy that hides a password rewrites its arguments as one word (cli/secret-arguments.ts). */
const REWRITTEN = /^[^\0]* (?:--[\w-]+=)?postgres(?:ql)?(?:\+[\w.]+)?:\/\//i;

/** Process lists are open to all accounts of a host, and the proxy can only hide its own arguments. */
async function password({ config, daemon }: Host): Promise<Found | undefined> {
	const { database } = config;
	if (database === undefined) return undefined;
	const running = (await daemon())?.pid ?? 0;
	const shown: number[] = [];
	let isHidden = false;
	for (let pid = running, depth = 0; pid > 1 && depth < PARENTS; depth++) {
		const read = (file: string) =>
			readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
		const line = await read("cmdline");
		if (SECRET_URL.test(line)) shown.push(pid);
		isHidden ||= pid === running && REWRITTEN.test(line);
		pid = Number(/^PPid:\s*(\d+)$/m.exec(await read("status"))?.[1] ?? 0);
	}
	const { isPasswordInArguments } = database;
	if (shown.length === 0 && !isHidden && !isPasswordInArguments)
		return good`the process list does not show the database's password`;
	const where =
		shown.length > 0
			? `the process list shows the database's password to every account of this host, in the arguments of process ${shown.join(", ")}`
			: isHidden
				? `the process list showed the database's password when the proxy (process ${running}) was started: it was in the arguments, and is hidden since`
				: "the URL on this command line has the database's password, and the process list showed it when doctor was started";
	return doubtful`${where}
		-> Change the password. Then give the URL by GALAXY_PROXY_SESSIONS or --sessions-file, or leave the password out of it and use PGPASSFILE (~/.pgpass) or a service file. With gravity: set GALAXY_PROXY_SESSIONS (or PGPASSFILE, or PGSERVICE) in gx_it_proxy.environment, and keep the password out of gx_it_proxy.sessions.`;
}
