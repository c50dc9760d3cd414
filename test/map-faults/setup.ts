import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openThrough, SWITCHED } from "../proxy/tunnel/open-tunnel.js";
import type { RawClient } from "../support/client.js";
import { startHttpBackend } from "../support/container.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import {
	type Era,
	type GalaxyMap,
	startGalaxyMap,
} from "../support/session-map.js";
import { WORKERS } from "../support/workers.js";
import { SteadyClient } from "./steady-client.js";

export interface Container {
	readonly host: string;
	readonly port: number;
}

export interface SetupOptions {
	/** The map's file name, whose extension tells the format. */
	readonly file?: string;
	readonly era?: Era;
	/** The map's folder; by default a new one. */
	readonly folder?: string;
	/** Words before the daemon's command. */
	readonly within?: readonly string[];
	/** Runs on the map before the daemon starts. */
	readonly before?: (galaxy: GalaxyMap) => Promise<void>;
}

/**
 * A running daemon whose map has the sessions abc at container A, `moves` at B and `leaves` at A, with tunnels to abc and
 * `leaves`. A client keeps asking for them and for `comes`, which has no row yet.
 */
export interface Setup {
	readonly daemon: Daemon;
	readonly galaxy: GalaxyMap;
	/** The map's path. */
	readonly path: string;
	readonly client: SteadyClient;
	readonly a: Container;
	readonly b: Container;
	readonly c: Container;
	/** abc's and leaves'. */
	readonly tunnels: readonly [RawClient, RawClient];
	/** Writes the new rows: `moves` is at C, `leaves` is gone, `comes` is at C. */
	writeNewRows(galaxy?: GalaxyMap): Promise<void>;
	/** "readable" or "unreadable" for each log line about the map, of the process that logged the first one or of this one. */
	states(pid?: unknown): string[];
}

const STATE = /^session map (\w+)$/;

export async function startSetup(
	t: TestContext,
	options: SetupOptions = {},
): Promise<Setup> {
	const folder = options.folder ?? scratchFolder(t);
	const path = join(folder, options.file ?? "map.sqlite");
	// For a daemon of another account.
	if (options.within !== undefined) chmodSync(folder, 0o755);
	const galaxy = startGalaxyMap(t, path, options.era);
	const a = await startContainer(t, "A");
	const b = await startContainer(t, "B");
	const c = await startContainer(t, "C");
	await writeOldRows(galaxy, { a, b });
	await options.before?.(galaxy);

	const { within } = options;
	const daemon = await startDaemon(t, { map: path, ...(within && { within }) });
	const client = new SteadyClient(t, daemon.port);
	const tunnels = [
		await openThrough(t, daemon.port),
		await openThrough(t, daemon.port, "leaves"),
	] as const;
	const truth = { abc: "A", moves: "B", leaves: "A", comes: "403" };
	for (const [session, answer] of Object.entries(truth))
		client.ask(session, answer);
	for (const session of Object.keys(truth)) await client.answers(session);
	return {
		daemon,
		galaxy,
		path,
		client,
		a,
		b,
		c,
		tunnels,
		async writeNewRows(writer = galaxy) {
			await writer.put("moves", c.host, c.port);
			await writer.remove("leaves");
			await writer.put("comes", c.host, c.port);
		},
		states: (
			pid = daemon.lines.find(({ msg }) => STATE.test(msg ?? ""))?.pid,
		) =>
			daemon.lines
				.filter((line) => line.pid === pid)
				.flatMap(({ msg }) => STATE.exec(msg ?? "")?.slice(1) ?? []),
	};
}

/** Answers with its name and echoes through tunnels. */
async function startContainer(
	t: TestContext,
	name: string,
): Promise<Container> {
	const backend = await startHttpBackend(t, (_request, response) =>
		response.end(name),
	);
	backend.server.on("upgrade", (_request, socket) => {
		socket.on("error", () => socket.destroy());
		socket.write(SWITCHED);
		socket.pipe(socket);
	});
	return backend;
}

export async function writeOldRows(
	galaxy: GalaxyMap,
	{ a, b }: { a: Container; b: Container },
): Promise<void> {
	await galaxy.put("abc", a.host, a.port);
	await galaxy.put("moves", b.host, b.port);
	await galaxy.put("leaves", a.host, a.port);
}

/** The beginning of a statement that inserts rows from `n`, whose numbers go up to `rows`. */
export function numbersTo(rows: number): string {
	return `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`;
}

/** Makes a gxproxy2 with the new rows in one commit. */
export function makeTable({ galaxy, a, c }: Setup): Promise<void> {
	return galaxy.sql(
		"BEGIN",
		"CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text)",
		`INSERT INTO gxproxy2 (key, host, port) VALUES ('abc', '${a.host}', ${a.port}), ` +
			`('moves', '${c.host}', ${c.port}), ('comes', '${c.host}', ${c.port})`,
		"COMMIT",
	);
}

/** Waits until the new rows apply, to tunnels too; the tunnel of abc stays open. */
export async function untilNewRows(setup: Setup): Promise<void> {
	const { client, tunnels } = setup;
	const [stays, leaves] = tunnels;
	const waits = Object.entries({ moves: "C", leaves: "403", comes: "C" }).map(
		([session, answer]) => {
			client.expect(session, answer);
			return client.until(session, answer);
		},
	);
	await Promise.all(waits);
	await leaves.closed;
	const before = stays.receivedBytes;
	stays.send("x");
	await stays.untilBytes(before + 1);
}

/** Stops the daemon: every answer was right, and the log has these lines about the map. */
export async function endSetup(setup: Setup, states: string[]): Promise<void> {
	await setup.client.end();
	assert.equal(await setup.daemon.stop(), 0);
	assert.deepEqual(setup.client.wrong, []);
	if (WORKERS === 0) assert.deepEqual(setup.states(), states);
	for (const { msg, workerPid } of setup.daemon.lines) {
		const own = msg === "worker ready" ? setup.states(workerPid) : [];
		// A worker that nobody asked has not looked.
		if (own.length > 1) assert.deepEqual(own, states);
	}
}
