import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, head, UPGRADE } from "../../../support/client.js";
import { inserted, runSql } from "./map.js";
import type { Program } from "./program.js";
import { handshake, PREFIX, to } from "./requests.js";
import type { Scene } from "./scene.js";

/** Something that ends gx-it-proxy, from anybody who reaches its port or writes its map. */
export interface Killer {
	readonly name: string;
	/** Resolves with the program that has been attacked. */
	attack(scene: Scene): Promise<Program>;
}

const CHANGES = 6;

/** The nine ways to end gx-it-proxy 0.2.3 without PostgreSQL. */
export const KILLERS: readonly Killer[] = [
	{
		name: "an upgrade without Host",
		attack: (scene) => upgradeOf(scene, head("GET / HTTP/1.1", ...UPGRADE)),
	},
	{
		name: "an upgrade without Host in HTTP/1.0",
		attack: (scene) => upgradeOf(scene, head("GET / HTTP/1.0", ...UPGRADE)),
	},
	{
		name: "an upgrade whose client resets the connection before the answer",
		async attack(scene) {
			const program = await scene.program();
			const before = scene.container.requests.length;
			const client = await connect(scene.t, program.port);
			client.send(handshake("/silent"));
			await scene.container.request(before);
			client.reset();
			return program;
		},
	},
	{
		name: "an upgrade with a wrong token at an outer proxy",
		attack: async (scene) => {
			const forward = ["--forwardIP", "127.0.0.1", "--forwardPort", "1025"];
			const outer = await scene.start(forward, scene.map);
			return upgradeOf(scene, handshake("/", "Host: k1-tx.x"), outer);
		},
	},
	{
		name: "an upgrade without the fields at an inner proxy",
		attack: async (scene) =>
			upgradeOf(scene, handshake("/"), await scene.inner()),
	},
	{
		name: "an upgrade below the prefix at an inner proxy",
		attack: async (scene) =>
			upgradeOf(
				scene,
				handshake(`${PREFIX}/k1/t1/`),
				await scene.inner("--proxyPathPrefix", PREFIX),
			),
	},
	{
		name: "a row whose info is no JSON",
		async attack(scene) {
			const map = scene.write(scene.row("k1", "t1"));
			const program = await scene.startServing([], map);
			// Right behind its start gx-it-proxy may miss a change.
			for (let n = 0; n < CHANGES && program.end() === undefined; n++) {
				runSql(map, inserted(scene.row(`bad${n}`, "t2", { info: "{" })));
				await scene.later(program, () => program.end() !== undefined);
			}
			return program;
		},
	},
	{
		name: "a JSON map that is half written",
		async attack(scene) {
			const map = join(scene.folder(), "map.json");
			writeFileSync(map, '{"k1": {"host"');
			return await scene.start([], map);
		},
	},
	{
		name: "a map in a folder that is not there",
		attack: (scene) => scene.start([], join(scene.folder(), "x/map.sqlite")),
	},
];

/** A request that gx-it-proxy never answers; the client waits until it gives up. */
export interface Hang {
	readonly name: string;
	/** Resolves with what came of the request. */
	ask(scene: Scene): Promise<string>;
}

const SILENT = { maySilence: true };

export const HANGS: readonly Hang[] = [
	{
		name: "HTTP/1.0 without Host",
		ask: (scene) => scene.ask(head("GET / HTTP/1.0"), SILENT),
	},
	{
		name: "a row whose field for the path has a space in its name",
		ask: (scene) => scene.ask(to(`GET ${PREFIX}/kbad/t1/`), SILENT),
	},
	{
		name: "a wrong token at an outer proxy",
		ask: async (scene) => {
			const inner = await scene.inner();
			const forward = ["--forwardIP", "127.0.0.1", "--forwardPort"];
			const outer = await scene.startServing([...forward, `${inner.port}`]);
			return scene.ask(to("GET /", "Host: k1-tx.x"), SILENT, outer);
		},
	},
	{
		name: "no field at an inner proxy",
		ask: async (scene) => scene.ask(to("GET /"), SILENT, await scene.inner()),
	},
	{
		name: "a path below the prefix at an inner proxy",
		ask: async (scene) => {
			const inner = await scene.inner("--proxyPathPrefix", PREFIX);
			return scene.ask(to(`GET ${PREFIX}/k1/t1/`), SILENT, inner);
		},
	},
];

async function upgradeOf(
	scene: Scene,
	text: string,
	on?: Program,
): Promise<Program> {
	const program = on ?? (await scene.program());
	await scene.ask(text, {}, program);
	return program;
}
