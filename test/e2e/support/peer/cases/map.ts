import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { startGalaxyMap } from "../../../../support/session-map.js";
import { until } from "../../until.js";
import type { Case } from "../case.js";
import { inserted, runSql, writeMap } from "../map.js";
import type { Program } from "../program.js";
import { to } from "../requests.js";
import { ENDS, type Scene } from "../scene.js";

const DEAD = "502 Proxy target missing";
const SERVED = "200 <- GET /a";
const RUNS = "runs";

/** Maps that are missing, damaged, locked or in PostgreSQL, and SIGHUP. */
export const map: readonly Case[] = [
	{
		number: 62,
		name: "no file, and no folder",
		run: async (scene) => {
			const folder = dirname(scene.write());
			const file = join(folder, "new.sqlite");
			// Where its driver makes the file too late, gx-it-proxy ends, a moment after it listens.
			const missing = await scene.start([], file);
			const nowhere = await scene.start([], join(folder, "x/new.sqlite"));
			await until(
				"a file",
				() => missing.name === "galaxy-proxy" || existsSync(file),
			);
			if (nowhere.name === "gx-it-proxy") await nowhere.ended;
			return [`makes the file: ${existsSync(file)}`, stateOf(nowhere)];
		},
		peer: ["makes the file: true", "ends with 1"],
		ours: ["makes the file: false", RUNS],
	},
	{
		number: 63,
		name: "an empty file whose table comes later",
		run: async (scene) => {
			const file = join(dirname(scene.write()), "later.sqlite");
			writeFileSync(file, "");
			const own = await scene.start([], file);
			const before = await scene.ask(to("GET /a"), {}, own);
			writeMap(file, [scene.row("k1", "t1")]);
			return [before, await whenServed(scene, own, file, to("GET /a"))];
		},
		peer: [DEAD, SERVED],
		ours: ["503", SERVED],
	},
	{
		number: 64,
		name: "a table that is dropped, and a file that is overwritten",
		run: async (scene) => [
			await afterHarm(scene, (file) => runSql(file, ["DROP TABLE gxitproxy"])),
			await afterHarm(scene, (file) => writeFileSync(file, "x".repeat(9_000))),
		],
		peer: [DEAD, DEAD],
		ours: [SERVED, SERVED],
	},
	{
		number: 65,
		name: "a writer that holds the exclusive lock",
		run: async (scene) => {
			const file = scene.write(scene.row("k1", "t1"));
			const own = await scene.startServing([], file);
			const galaxy = startGalaxyMap(scene.t, file);
			await galaxy.lock();
			touch(file);
			return [await lastOf(scene, own, file), stateOf(own)];
		},
		peer: [DEAD, RUNS],
		ours: [SERVED, RUNS],
	},
	{
		number: 66,
		name: "a row whose info is no JSON",
		run: async (scene) => {
			const file = scene.write(scene.row("k1", "t1"));
			const own = await scene.startServing([], file);
			runSql(file, inserted(scene.row("k2", "t2", { info: "{" })));
			// Once this row is served, every change before has been read.
			runSql(file, inserted(scene.row("k3", "t1")));
			await whenServed(scene, own, file, to("GET /a", "Host: k3-t1.x"));
			return [own.end() === undefined ? RUNS : ENDS];
		},
		peer: [ENDS],
		ours: [RUNS],
	},
	{
		number: 67,
		name: "a PostgreSQL map whose server is down",
		run: async (scene) => [
			stateOf(await scene.start([], "postgresql://127.0.0.1:1/gxitproxy")),
		],
		peer: ["ends with 1"],
		ours: [RUNS],
	},
	{
		number: 68,
		name: "a PostgreSQL map under an exclusive lock",
		skip: "it needs a server: test/session-map/postgres",
		run: async () => [],
		peer: [],
	},
	{
		number: 69,
		name: "a PostgreSQL map without a driver",
		run: async (scene) => {
			const url = "postgresql:///gxitproxy";
			const own = await scene.start([], url);
			const state = stateOf(own);
			if (state === RUNS) return [RUNS];
			return [`${state}: ${/postgres|pg-native/i.test(own.output())}`];
		},
		peer: ["ends with 1: true"],
		// Its driver is always there, and no server is.
		ours: [RUNS],
	},
	{
		number: 70,
		name: "SIGHUP",
		run: async (scene) => {
			const program = await scene.program();
			program.signal("SIGHUP");
			return [await scene.whetherServed(program)];
		},
		peer: [ENDS],
		ours: ["the next client is served"],
	},
];

function stateOf(program: Program): string {
	const end = program.end();
	return end === undefined ? RUNS : `ends with ${end}`;
}

/** Asks until the container answers, or the program has ended. */
async function whenServed(
	scene: Scene,
	program: Program,
	file: string,
	text: string,
): Promise<string> {
	let seen = "";
	let asked = 0;
	await until("the row to be served", async () => {
		if (program.end() !== undefined) return true;
		changeAgain(program, file, ++asked);
		seen = await scene.ask(text, {}, program);
		return seen === SERVED;
	});
	return seen;
}

/** What a request gets after the file was harmed, once the program had time to notice. */
async function afterHarm(
	scene: Scene,
	harm: (file: string) => void,
): Promise<string> {
	const file = scene.write(scene.row("k1", "t1"));
	const own = await scene.startServing([], file);
	harm(file);
	return await lastOf(scene, own, file);
}

/** Requests and milliseconds between them: gx-it-proxy reads a change after 200 ms, and gives a lock up after a second. */
const REQUESTS = 40;
const APART_MS = 100;
/** Requests after which a change is repeated. */
const MISSED = 15;

/** The answer to the last of some requests, or the first that is no success. */
async function lastOf(
	scene: Scene,
	program: Program,
	file: string,
): Promise<string> {
	let seen = "";
	for (let n = 1; n <= REQUESTS; n++) {
		changeAgain(program, file, n);
		seen = await scene.ask(to("GET /a"), {}, program);
		if (seen !== SERVED) break;
		await new Promise((resolve) => setTimeout(resolve, APART_MS));
	}
	return seen;
}

/** For gx-it-proxy, which misses a change now and then; ours must notice the first one. */
function changeAgain({ name }: Program, file: string, asked: number): void {
	if (name === "gx-it-proxy" && asked % MISSED === 0) touch(file);
}

/** Tells watchers of a change that the lock does not make. */
function touch(file: string): void {
	const now = new Date();
	utimesSync(file, now, now);
}
