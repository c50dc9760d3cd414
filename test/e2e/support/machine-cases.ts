import assert from "node:assert/strict";
import type { Load } from "../../support/steady-load.js";
import { KEYS, RATE, type Site } from "./machine-site.js";
import type { Machine } from "./machines.js";
import { until } from "./until.js";

export interface Scene {
	readonly site: Site;
	readonly load: Load;
	/** The status that a tool's user gets, and the beginning of the page. */
	ask(key: string): Promise<string>;
	/** Waits until both daemons are ready, and the balancer uses them. */
	isWhole(): Promise<void>;
}

/** Rolling restarts. */
const ROLLS = Number(process.env.E2E_MACHINES_ROLLS ?? 2);

export interface Case {
	readonly what: string;
	/** Whether POSTs that were sent and not answered are lost. */
	readonly losesPosts?: true;
	/** Whether a daemon closes its port in good order. */
	readonly closesPorts?: true;
	/** Whether a WebSocket may end. */
	readonly cutsTunnels?: true;
	run(scene: Scene): Promise<void>;
}

/** More than the number of daemons, so that either has some of them. */
const ROWS = [..."abcdefgh"];

export const CASES: readonly Case[] = [
	{
		what: "the workers of both are replaced",
		async run({ site, load }) {
			for (let times = 0; times < ROLLS; times++) {
				const machine = site.both[times % 2] as Machine;
				await machine.roll();
				await load.until(RATE / 4);
			}
		},
	},
	{
		what: "each daemon is stopped and started",
		closesPorts: true,
		cutsTunnels: true,
		async run({ site, isWhole }) {
			for (const machine of site.both) {
				await machine.restart();
				await isWhole();
			}
		},
	},
	{
		what: "one daemon is killed",
		losesPosts: true,
		cutsTunnels: true,
		async run({ site, load, isWhole }) {
			const [one] = site.both;
			await one.kill();
			await load.until(RATE);
			await one.start();
			await isWhole();
		},
	},
	{
		what: "one machine vanishes",
		losesPosts: true,
		cutsTunnels: true,
		async run({ site, load, isWhole }) {
			const [one] = site.both;
			const plugIn = one.unplug();
			// Longer than the kernel's settings take, although some connections wait.
			for (let times = 0; times < 8; times++) await load.until(RATE * 2);
			plugIn();
			await isWhole();
		},
	},
	{
		what: "one is cut off from the database, and rows come and go",
		async run({ site, load, ask, isWhole }) {
			const [one] = site.both;
			const { host, port } = site.container;
			const gone = ROWS.map((row) => `gone${row}`);
			const late = ROWS.map((row) => `late${row}`);
			for (const key of gone) await site.galaxy.put(key, "t", host, port);
			for (const key of gone) assert.equal(await ask(key), "200 7", key);
			one.cutOff();
			for (const key of gone) await site.galaxy.remove(key);
			for (const key of late) await site.galaxy.put(key, "t", host, port);
			await isUnready(one);
			// HAProxy notices within two seconds, nginx at once.
			await until("removed rows to be served no more", async () => {
				const answers = await Promise.all(gone.map(ask));
				return answers.every((answer) => answer.startsWith("404"));
			});
			for (const key of late) assert.equal(await ask(key), "200 7", key);
			await load.until(RATE);
			for (const key of gone) assert.match(await ask(key), /^404/, key);
			one.reconnect();
			await isWhole();
			for (const key of gone) assert.match(await ask(key), /^404/, key);
			for (const key of late) assert.equal(await ask(key), "200 7", key);
			for (const key of late) await site.galaxy.remove(key);
		},
	},
	...(["is stopped", "says nothing"] as const).map(
		(how): Case => ({
			what: `the database ${how}`,
			async run({ site, load, ask, isWhole }) {
				const { database, both, container, galaxy } = site;
				// Not the key of the other case, whose last route a daemon may remember.
				const fresh = how.replaceAll(" ", "");
				await galaxy.put(fresh, "t", container.host, container.port);
				if (how === "is stopped") await database.stop();
				else database.pause();
				for (const machine of both) await isUnready(machine);
				await load.until(RATE);
				for (const key of KEYS) assert.equal(await ask(key), "200 7", key);
				assert.match(await ask(fresh), /^503 <!doctype html>/);
				if (how === "is stopped") await database.start();
				else database.resume();
				await isWhole();
				assert.equal(await ask(fresh), "200 7");
				await galaxy.remove(fresh);
			},
		}),
	),
	{
		what: "the database restarts",
		async run({ site, load, isWhole }) {
			for (let times = 0; times < 2; times++) {
				await load.until(RATE / 2);
				await site.database.restart();
			}
			await isWhole();
		},
	},
];

function isUnready(machine: Machine): Promise<void> {
	return until("the daemon not to be ready", async () => {
		return (await machine.readiness()) === 503;
	});
}
