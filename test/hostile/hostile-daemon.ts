import { once } from "node:events";
import { connect as dial } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { RawClient } from "../support/client.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import type { Row } from "../support/session-map.js";
import { type Kind, pathOf, say } from "./kind.js";
import { AT_ACCEPT } from "./leaving.js";
import { type Company, Peer } from "./peer.js";
import { PeersLog } from "./peers-log.js";
import { selfReporting } from "./resources.js";
import { listen, type Scope, serve } from "./serving.js";

export interface Setting {
	readonly kinds: readonly Kind[];
	/** Peers of a kind; a flood has more than twice as many. */
	readonly count: number;
	/** Of the daemon's head, body and connect timeouts; the others follow from it. */
	readonly seconds: number;
	/** Sessions of well-behaved clients, whose log lines are not counted. */
	readonly bystanders?: Readonly<Record<string, Row>>;
}

/** The outcomes at the clients of one kind and its log lines, counted. */
export interface Outcome {
	readonly seen: ReadonlyMap<string, number>;
	readonly logged: ReadonlyMap<string, number>;
}

/** Peers that move megabytes: more at the same time would measure this process, not the daemon. */
const HEAVY_AT_A_TIME = 25;
/** Milliseconds between the starts of two peers: hundreds at once would measure this process. */
const APART_MS = 2;
/** Prefix of the outcome of a peer that could not play its part. */
const FAILED = "failed: ";
/** Places for clients other than the peers: earlier ones and bystanders. */
const OTHERS = 100;

/** A daemon with hostile containers behind it, and hostile clients. */
export class HostileDaemon {
	readonly #setting: Setting;
	readonly #log: PeersLog;

	private constructor(
		readonly daemon: Daemon,
		setting: Setting,
		log: PeersLog,
	) {
		this.#setting = setting;
		this.#log = log;
	}

	static async start(scope: Scope, setting: Setting): Promise<HostileDaemon> {
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
		const others = Object.keys(bystanders ?? {});
		return new HostileDaemon(daemon, setting, new PeersLog(daemon, others));
	}

	/** Lets so many peers of the kind play, every other one on a connection that carried a good request. */
	async play(kind: Kind, count = this.#setting.count): Promise<Outcome> {
		const peers = kind.flood ? floodOf(count) : count;
		const together = kind.heavy ? HEAVY_AT_A_TIME : peers;
		this.#log.begin();
		const seen: string[] = [];
		while (seen.length < peers) {
			const some = Math.min(together, peers - seen.length);
			const company = this.#company(some);
			const batch: Promise<string>[] = [];
			for (let n = 0; n < some; n++) {
				batch.push(this.#playOne(kind, seen.length + n, company));
				await pause(APART_MS);
			}
			seen.push(...(await Promise.all(batch)));
		}
		const wanted = wantedLines(kind, seen);
		const of = kind.flood ? pathOf(kind) : null;
		const lines = await this.#log.until(wanted, of);
		const logged = lines.map((line) => `${line.status} ${line.termination}`);
		return { seen: counted(seen), logged: counted(logged) };
	}

	async #playOne(kind: Kind, n: number, company: Company): Promise<string> {
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

	#company(peers: number): Company {
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
			settled: (key) => this.#log.settled(key),
		};
	}
}

/** Short timeouts, so that slow peers end soon; upstream connections are reused from the first. */
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

/** Peers of a flood: more than the daemon has places. */
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
	const isLogged = (word: string) =>
		!word.startsWith(FAILED) && (!kind.flood || word === "101");
	const each = kind.lines ?? Math.min(kind.logged.length, 1);
	return each * seen.filter(isLogged).length;
}

/** The parts of an outcome that its kind does not allow. */
export function unexpected(kind: Kind, { seen, logged }: Outcome): string[] {
	const other = (words: Outcome["seen"], allowed: readonly string[]) =>
		[...words.keys()].filter((word) => !allowed.includes(word));
	return [
		...other(seen, kind.seen).map((word) => `a client saw "${word}"`),
		...other(logged, kind.logged).map((word) => `logged "${word}"`),
	];
}
