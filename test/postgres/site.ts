import { once } from "node:events";
import type { TestContext } from "node:test";
import {
	askTool,
	openTool,
	startToolContainer,
	TOKEN,
} from "../same-address/tools-shared.js";
import { startWatched, type Watched } from "../support/admin.js";
import type { RawClient, RawResponse } from "../support/client.js";
import type { Answering } from "../support/container.js";
import type { Daemon, LogLine } from "../support/daemon.js";
import { startGroup } from "../support/group.js";
import {
	noPostgres,
	type Postgres,
	type PostgresOptions,
	startPostgres,
} from "../support/postgres.js";
import { type DatabaseMap, startDatabaseMap } from "../support/postgres-map.js";

export { noPostgres, startPostgres, startToolContainer, TOKEN };

export interface SiteOptions {
	readonly server?: PostgresOptions;
	/** More flags of the daemon. */
	readonly args?: readonly string[];
	/** What the daemon gets as its map, by default the server's URL. */
	readonly url?: (server: Postgres) => string | Promise<string>;
	/** Whether the table has no row, and is not there, before the daemon starts. */
	readonly isEmpty?: boolean;
	/** Statements before the daemon starts. */
	readonly before?: readonly string[];
}

/** A Galaxy whose map is in PostgreSQL, a daemon, and the container of the tool `k`. */
export interface Site {
	readonly server: Postgres;
	readonly map: DatabaseMap;
	readonly watched: Watched;
	readonly container: Answering;
	/** Asks for a tool. */
	ask(key: string): Promise<RawResponse>;
	status(key: string): Promise<number>;
	/** Opens a WebSocket to a tool. */
	open(key: string): Promise<RawClient>;
	/** Writes a row that leads to a container of its own. */
	put(key: string): Promise<void>;
	/** Writes a row that leads to the container of `k`. */
	share(key: string): Promise<void>;
}

export async function startSite(
	t: TestContext,
	options: SiteOptions = {},
): Promise<Site> {
	const container = await startToolContainer(t);
	const server = await startPostgres(t, options.server);
	const map = startDatabaseMap(t, server.url());
	const containers = new Map([["k", container]]);
	const put = async (key: string) => {
		const own = containers.get(key) ?? (await startToolContainer(t));
		containers.set(key, own);
		await map.put(key, TOKEN, own.host, own.port);
	};
	if (!options.isEmpty) await put("k");
	if (options.before !== undefined) await server.query(...options.before);
	const { url = () => server.url(), args = [] } = options;
	const watched = await startWatched(t, {
		map: await url(server),
		args: ["--verbose", ...args],
	});
	const ask = (key: string) => askTool(t, watched.daemon, key);
	return {
		...{ server, map, watched, container, put, ask },
		share: (key) => map.put(key, TOKEN, container.host, container.port),
		status: async (key) => (await ask(key)).status,
		open: (key) => openTool(t, watched.daemon, key),
	};
}

/** Workers whose map is in PostgreSQL, and the container of all tools that put() writes; at first, of one tool. */
export async function startGroupSite(t: TestContext, key: string, workers = 2) {
	const { host, port } = await startToolContainer(t);
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	const put = (written: string) => map.put(written, TOKEN, host, port);
	await put(key);
	const group = await startGroup(t, { map: server.url(), workers });
	const { daemon } = group;
	return {
		...{ server, map, put, group, daemon },
		status: async (asked: string) => (await askTool(t, daemon, asked)).status,
		open: (opened: string) => openTool(t, daemon, opened),
	};
}

/** Asks until the status is this one. */
export async function untilStatus(
	{ status }: Site,
	key: string,
	wanted: number,
): Promise<void> {
	while ((await status(key)) !== wanted);
}

/** The line that says why the map cannot be read. An earlier one may say that the database has not answered yet. */
export function unreadableBecause(
	daemon: Daemon,
	reason: RegExp,
): Promise<LogLine> {
	return daemon.logged(
		(line) =>
			line.msg === "session map unreadable" && reason.test(String(line.reason)),
	);
}

/** Looks again and again while `what` lasts, at least once. */
export async function during<T>(
	what: Promise<unknown>,
	look: () => Promise<T>,
): Promise<T[]> {
	const seen: T[] = [];
	const state = { isOver: false };
	const over = what.finally(() => {
		state.isOver = true;
	});
	do seen.push(await look());
	while (!state.isOver);
	await over;
	return seen;
}

/** As in the map's own limits: milliseconds that a request waits for the map, and that the server takes for a statement. */
export const WAIT_MS = 1_000;
export const STATEMENT_MS = 800;

/** A busy machine may need longer than the daemon's limit, and then shows nothing of what comes before it. */
const MOST_ATTEMPTS = 30;

/** Prepares and acts, again if acting took longer than the limit. @returns what the last act returned */
export async function withinLimit<T>(
	limitMs: number,
	prepare: () => Promise<unknown>,
	act: () => Promise<T>,
): Promise<T> {
	for (let left = MOST_ATTEMPTS; ; left--) {
		await prepare();
		const began = performance.now();
		const result = await act();
		if (performance.now() - began < limitMs || left <= 1) return result;
	}
}

/** So many rows that a second connection reads the table completely. */
export const MANY_ROWS = `INSERT INTO gxitproxy SELECT 'o' || n, 'interactivetoolentrypoint', 'tok', '10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256, 9,
	'{"requires_path_in_url": false, "requires_path_in_header_named": null}' FROM generate_series(1, 60000) AS n`;

/** The row trigger of gx-it-proxy's README. */
export const PEERS_TRIGGER = [
	`CREATE OR REPLACE FUNCTION notify_gxitproxy() RETURNS trigger AS $$
	BEGIN PERFORM pg_notify('gxitproxy', 'gxitproxy'); RETURN NULL; END;
	$$ LANGUAGE plpgsql`,
	"CREATE TRIGGER gxitproxy_notify AFTER INSERT OR UPDATE OR DELETE ON gxitproxy FOR EACH ROW EXECUTE FUNCTION notify_gxitproxy()",
];

/** Resolves when the response has come and the connection was closed. */
export async function closed(client: RawClient): Promise<void> {
	if (client.socket.destroyed) return;
	await once(client.socket, "close");
}
