import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openThrough, SWITCHED } from "../proxy/tunnel/open-tunnel.js";
import { startHttpBackend } from "../support/backend.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import {
	type Era,
	type GalaxyMap,
	scratchFolder,
	startGalaxyMap,
} from "../support/galaxy-map.js";
import type { RawClient } from "../support/raw-client.js";
import { SteadyClient } from "./steady-client.js";

export interface Container {
	readonly host: string;
	readonly port: number;
}

export interface SceneOptions {
	/** The map's name; its ending tells the format. */
	readonly file?: string;
	readonly era?: Era;
	/** Where the map is; a new folder. */
	readonly folder?: string;
	/** Words in front of the daemon's command. */
	readonly within?: readonly string[];
	/** Runs on the map before the daemon starts. */
	readonly before?: (galaxy: GalaxyMap) => Promise<void>;
}

/**
 * A daemon under way: session abc at container A with an open tunnel, `moves` at B, `leaves` at A with an open tunnel,
 * `comes` not there yet. A client asks for all of them.
 */
export interface Scene {
	readonly daemon: Daemon;
	readonly galaxy: GalaxyMap;
	/** The map's. */
	readonly path: string;
	readonly client: SteadyClient;
	readonly a: Container;
	readonly b: Container;
	readonly c: Container;
	/** abc's and leaves'. */
	readonly tunnels: readonly [RawClient, RawClient];
	/** Writes what is true at the end: moves is at C, leaves is gone, comes is at C. */
	writeNewTruth(galaxy?: GalaxyMap): Promise<void>;
	/** "readable" or "unreadable" for each line that the log has about it. */
	states(): string[];
}

export async function startScene(
	t: TestContext,
	options: SceneOptions = {},
): Promise<Scene> {
	const folder = options.folder ?? scratchFolder(t);
	const path = join(folder, options.file ?? "map.sqlite");
	const galaxy = startGalaxyMap(t, path, options.era);
	const a = await startContainer(t, "A");
	const b = await startContainer(t, "B");
	const c = await startContainer(t, "C");
	await writeOldTruth(galaxy, { a, b });
	await options.before?.(galaxy);

	const { within } = options;
	const daemon = await startDaemon(t, { map: path, ...(within && { within }) });
	await daemon.logged(({ msg }) => msg === "session map readable");
	const client = new SteadyClient(t, daemon.port);
	const tunnels = [
		await openThrough(t, daemon.port),
		await openThrough(t, daemon.port, "leaves"),
	] as const;
	client.ask("abc", "A");
	client.ask("moves", "B");
	client.ask("leaves", "A");
	client.ask("comes", "403");
	for (const session of ["abc", "moves", "leaves", "comes"])
		await client.answers(session);
	return {
		daemon,
		galaxy,
		path,
		client,
		a,
		b,
		c,
		tunnels,
		async writeNewTruth(writer = galaxy) {
			await writer.put("moves", c.host, c.port);
			await writer.remove("leaves");
			await writer.put("comes", c.host, c.port);
		},
		states: () => statesIn(daemon),
	};
}

/** Answers with its name, echoes what comes through a tunnel, and waits for both without an end. */
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

export async function writeOldTruth(
	galaxy: GalaxyMap,
	{ a, b }: { a: Container; b: Container },
): Promise<void> {
	await galaxy.put("abc", a.host, a.port);
	await galaxy.put("moves", b.host, b.port);
	await galaxy.put("leaves", a.host, a.port);
}

/** Everything is as in the new truth, tunnels included; the old tunnel of a session that stayed goes on. */
export async function endsInNewTruth(scene: Scene): Promise<void> {
	const { client, tunnels } = scene;
	const [stays, leaves] = tunnels;
	client.expect("moves", "C");
	client.expect("leaves", "403");
	client.expect("comes", "C");
	await Promise.all([
		client.until("moves", "C"),
		client.until("leaves", "403"),
		client.until("comes", "C"),
	]);
	await leaves.closed;
	const before = stays.receivedBytes;
	stays.send("x");
	await stays.untilBytes(before + 1);
}

/** The daemon ends in good order, every answer was right, and the log has these lines about the map. */
export async function endScene(scene: Scene, states: string[]): Promise<void> {
	await scene.client.end();
	assert.equal(await scene.daemon.stop(), 0);
	assert.deepEqual(scene.client.wrong, []);
	assert.deepEqual(scene.states(), states);
}

function statesIn(daemon: Daemon): string[] {
	return daemon.lines.flatMap(
		({ msg }) => /^session map (\w+)$/.exec(msg ?? "")?.slice(1) ?? [],
	);
}
