import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { freePort } from "../../support/free-port.js";
import { curl } from "./curl.js";
import { hasEnded, type Place, PROXY_MAIN, SUPPORT } from "./place.js";
import { isListening, linesOf, until } from "./until.js";

/** One row of the session map. While a swarm service has no port yet, Galaxy writes host NULL and a negative port. */
export interface Row {
	key: string;
	host: string | null;
	port: number;
	/** container_ids; by default those of one container for all. An UPDATE does not change them. */
	ids?: readonly string[];
}

export interface Ended {
	/** SIGKILL was needed, ten milliseconds after SIGTERM. */
	killed: boolean;
	/** Python's return code: negative for a signal. */
	code: number;
}

/** A Galaxy process (galaxy.py) with its session map; the place shuts it down, and Galaxy its proxy. */
export class Galaxy {
	readonly #process: ChildProcess;
	readonly #nextAnswer: () => Promise<string>;

	readonly #place: Place;

	private constructor(
		place: Place,
		readonly proxyPort: number,
		readonly map: string,
	) {
		this.#place = place;
		const words = [map, "0.0.0.0", String(proxyPort), PROXY_MAIN];
		const command = ["python3", `${SUPPORT}/galaxy.py`, ...words];
		this.#process = place.start("galaxy", command, { talks: true });
		this.#nextAnswer = linesOf(this.#process);
		place.atEnd(() => this.#close());
	}

	static async open(place: Place): Promise<Galaxy> {
		const map = place.file("session_map.sqlite");
		return new Galaxy(place, await freePort(), map);
	}

	/** A Galaxy with `dynamic_proxy_manage=False`: it only writes the map; another program runs the proxy on this port. */
	static unmanaged(place: Place, map: string, proxyPort: number): Galaxy {
		return new Galaxy(place, proxyPort, map);
	}

	/** Spawns the proxy and writes the first row, in Galaxy's order; resolves with the proxy's pid once it has read that. */
	async launch(row: Row): Promise<number> {
		const { pid } = await this.#call<{ pid: number }>({ do: "launch", ...row });
		const soFar = () => this.#place.endOfLog("galaxy");
		await until("the proxy to listen", () => isListening(this.proxyPort), {
			soFar,
		});
		await this.mapIsRead();
		return pid;
	}

	/** Until the proxy has read its map, which on a busy machine takes seconds, every session is answered 503. */
	async mapIsRead(): Promise<void> {
		const url = `http://127.0.0.1:${this.proxyPort}/`;
		const status = async () =>
			(await curl(this.#place, "of nobody", "map-is-read", [url])).status;
		await until("the proxy to read its map", async () => {
			const now = await status();
			return now !== 0 && now !== 503;
		});
	}

	/** Resolves when the commit has returned. */
	async write(row: Row): Promise<void> {
		await this.#call({ do: "write", ...row });
	}

	/** Resolves when the commit has returned. */
	async update({ key, host, port }: Row): Promise<void> {
		await this.#call({ do: "update", key, host, port });
	}

	shutdown(): Promise<Ended> {
		return this.#call<Ended>({ do: "shutdown" });
	}

	/** The output of the proxy and of Galaxy so far. */
	get log(): string {
		return readFileSync(this.#place.file("galaxy.log"), "utf8");
	}

	async #call<Answer>(command: object): Promise<Answer> {
		this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
		const answer = JSON.parse(
			await this.#nextAnswer().catch((cause: unknown) => {
				throw new Error(`Galaxy: ${this.log}`, { cause });
			}),
		);
		assert.equal(answer.error, undefined);
		return answer;
	}

	async #close(): Promise<void> {
		if (!hasEnded(this.#process)) {
			const ended = once(this.#process, "exit");
			this.#process.stdin?.end();
			await ended;
		}
		assert.equal(
			await isListening(this.proxyPort),
			false,
			"the proxy's port is still open",
		);
	}
}
