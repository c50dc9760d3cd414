import { once } from "node:events";
import { connect as dial } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { RawClient } from "../support/raw-client.js";
import type { Row } from "../support/session-map.js";
import { type Kind, pathOf, say } from "./kind.js";
import { AT_ACCEPT } from "./leaving.js";
import { type Company, Peer } from "./peer.js";
import { PeersLog } from "./peers-log.js";
import { selfReporting } from "./resources.js";
import { listen, type Scope, serve } from "./serving.js";

export interface Setting {
	readonly kinds: readonly Kind[];
	/** Peers of a kind at a time; a flood is twice as many and more. */
	readonly count: number;
	/** Of the daemon's head, body and connect timeouts; the others follow from it. */
	readonly seconds: number;
	/** Sessions beside the peers', which are not counted with them. */
	readonly bystanders?: Readonly<Record<string, Row>>;
}

/** What the peers of one kind saw and what the log said of them, and how often. */
export interface Outcome {
	readonly seen: ReadonlyMap<string, number>;
	readonly logged: ReadonlyMap<string, number>;
}

/** Peers that move megabytes, all in this process: more at a time would measure this process, not the daemon. */
const HEAVY_AT_A_TIME = 25;
/** Milliseconds between two peers: hundreds at once would measure how fast this process can begin them. */
const APART_MS = 2;
/** Begins the word of a peer that could not play its part. */
const FAILED = "failed: ";
/** Clients that find a place beside the peers: those who were there before, and bystanders. */
const OTHERS = 100;

/** A daemon, the hostile containers behind it, and the clients that come to it. */
export class Stage {
	private constructor(
		readonly daemon: Daemon,
		private readonly setting: Setting,
		private readonly log: PeersLog,
	) {}

	static async open(scope: Scope, setting: Setting): Promise<Stage> {
		const { kinds, count, bystanders } = setting;
		const byPath = new Map(kinds.map((kind) => [pathOf(kind), kind]));
		const main = await listen(scope, (container) => serve(container, byPath));
		const sessions: Record<string, Row> = { ...bystanders };
		for (let n = 0; n < floodOf(count); n++) sessions[keyOf(n)] = main;
		for (const [name, part] of Object.entries(AT_ACCEPT))
			sessions[name] = await listen(
				scope,
				part && ((container) => say(container, part.says, part.leave)),
			);
		const daemon = await startDaemon(scope, {
			sessions,
			args: flags(setting),
			env: selfReporting(),
		});
		await daemon.logged(({ msg }) => msg === "session map readable");
		const others = Object.keys(bystanders ?? {});
		return new Stage(daemon, setting, new PeersLog(daemon, others));
	}

	/** Lets so many peers of the kind play, every other one on a connection that carried a good request. */
	async play(kind: Kind, count = this.setting.count): Promise<Outcome> {
		const peers = kind.flood ? floodOf(count) : count;
		const together = kind.heavy ? HEAVY_AT_A_TIME : peers;
		this.log.begin();
		const seen: string[] = [];
		while (seen.length < peers) {
			const some = Math.min(together, peers - seen.length);
			const company = this.company(some);
			const batch: Promise<string>[] = [];
			for (let n = 0; n < some; n++) {
				batch.push(this.playOne(kind, seen.length + n, company));
				await pause(APART_MS);
			}
			seen.push(...(await Promise.all(batch)));
		}
		const wanted = wantedLines(kind, seen);
		const of = kind.flood ? pathOf(kind) : null;
		const lines = await this.log.until(wanted, of);
		const logged = lines.map(
			({ status, termination }) => `${status} ${termination}`,
		);
		return { seen: counted(seen), logged: counted(logged) };
	}

	private async playOne(
		kind: Kind,
		n: number,
		company: Company,
	): Promise<string> {
		const socket = dial(this.daemon.port, "127.0.0.1");
		await once(socket, "connect");
		const peer = new Peer(new RawClient(socket), keyOf(n), company);
		try {
			const before = n % 2 === 1 && !kind.fresh ? await peer.good() : "200";
			if (before !== "200") throw new Error(`before it: ${before}`);
			return await kind.play(peer);
		} catch (error) {
			return `${FAILED}${String(error).slice(0, 200)}`;
		} finally {
			socket.destroy();
		}
	}

	private company(peers: number): Company {
		let missing = peers;
		let allAreHere = (): void => {};
		const meeting = new Promise<void>((resolve) => {
			allAreHere = resolve;
		});
		return {
			meet: () => {
				if (--missing === 0) allAreHere();
				return meeting;
			},
			settled: (key) => this.log.settled(key),
		};
	}
}

/** Short times, so that a battery of slow peers is over soon; upstream connections are reused from the first on. */
function flags({ count, seconds }: Setting): string[] {
	const times: [name: string, value: number][] = [
		["head-timeout", seconds],
		["body-timeout", seconds],
		["connect-timeout", seconds],
		["response-timeout", 2 * seconds],
		["idle-timeout", 2 * seconds],
		["drain-timeout", 2],
		["max-clients", count + OTHERS],
	];
	const numbers = times.flatMap(([name, value]) => [`--${name}`, `${value}`]);
	return [...numbers, "--keep-alive", "always", "--verbose"];
}

function keyOf(n: number): string {
	return `peer-${n}`;
}

/** Peers of a flood: more than the daemon has places, and it tells all who find none. */
function floodOf(count: number): number {
	return 2 * count + OTHERS;
}

function counted(words: readonly string[]): Map<string, number> {
	const numbers = new Map<string, number>();
	for (const word of words) numbers.set(word, (numbers.get(word) ?? 0) + 1);
	return numbers;
}

/** How many lines the peers leave that saw this. */
function wantedLines(kind: Kind, seen: readonly string[]): number {
	const each = kind.lines ?? Math.min(kind.logged.length, 1);
	return (
		each *
		seen.filter(
			(word) => !word.startsWith(FAILED) && (!kind.flood || word === "101"),
		).length
	);
}

/** What of an outcome is not in its kind's words. */
export function unexpected(kind: Kind, { seen, logged }: Outcome): string[] {
	return [
		...[...seen.keys()]
			.filter((word) => !kind.seen.includes(word))
			.map((word) => `a client saw "${word}"`),
		...[...logged.keys()]
			.filter((word) => !kind.logged.includes(word))
			.map((word) => `logged "${word}"`),
	];
}
