import { disagreement } from "./differences.js";
import {
	literal,
	type RunOptions,
	type Tally,
	type Worker,
	work,
} from "./fuzz-run.js";
import { Llhttp, llhttpReader } from "./llhttp.js";
import { Patience } from "./patience.js";
import type { Random } from "./random.js";
import type { Arrival } from "./recording-container.js";
import { type RequestCase, RequestLane } from "./request-lane.js";
import {
	misreadings,
	onOneConnection,
	type SecondReader,
	startPython,
} from "./second-readers.js";
import { startServers } from "./server-readers.js";

/** Cases that run at the same time, each in a lane of its own. */
const LANES = 6;
/** The reader checks one case in so many: processes other than ours read slower. */
const EVERY: Record<string, number> = {
	"node:http": 2,
	Python: 12,
	nginx: 40,
	HAProxy: 40,
};

/** Clients send all kinds of requests. */
export async function fuzzRequests(
	patience: Patience,
	options: RunOptions,
): Promise<Tally> {
	const tally: Tally = { cases: 0, messages: 0, readings: {} };
	const llhttp = new Llhttp();
	const readers = [llhttpReader(llhttp), startPython()];
	if (options.servers) readers.push(...(await startServers(patience)));
	const lanes = await Promise.all(
		Array.from({ length: LANES }, (_, i) =>
			new RequestLane(patience, i % 2 === 0).start(),
		),
	);
	try {
		await Promise.all(
			lanes.map((lane) =>
				work(new RequestWorker(lane, llhttp, readers, tally), tally, options),
			),
		);
	} finally {
		for (const lane of lanes) lane.stop();
		for (const reader of readers) reader.stop();
	}
	return tally;
}

class RequestWorker implements Worker<RequestCase> {
	readonly side = "requests";
	readonly #lane: RequestLane;
	readonly #llhttp: Llhttp;
	readonly #readers: readonly SecondReader[];
	readonly #tally: Tally;

	constructor(
		lane: RequestLane,
		llhttp: Llhttp,
		readers: readonly SecondReader[],
		tally: Tally,
	) {
		this.#lane = lane;
		this.#llhttp = llhttp;
		this.#readers = readers;
		this.#tally = tally;
	}

	make(random: Random): RequestCase {
		return this.#lane.make(random);
	}

	async judge(one: RequestCase, index = 0): Promise<string[]> {
		const { expected, arrivals, problems } = await this.#lane.judge(one);
		// Bytes after a refusal or a last request are no message.
		const { exchanges, end } = expected;
		this.#tally.messages += exchanges.length + (end === "refused" ? 1 : 0);
		const theirs = await this.#llhttp.read(one.messages.join(""));
		const parted = disagreement(expected, theirs);
		const misread = await this.#reread(arrivals, index);
		return [...problems, ...(parted === null ? [] : [parted]), ...misread];
	}

	async #reread(arrivals: readonly Arrival[], index: number) {
		const problems: string[] = [];
		const sent = onOneConnection(arrivals);
		if (sent.length === 0) return problems;
		const { readings: counts } = this.#tally;
		for (const { name, read } of this.#readers) {
			if (index % (EVERY[name] ?? 1) !== 0) continue;
			const readings = await read(sent);
			counts[name] = (counts[name] ?? 0) + readings.length;
			problems.push(...misreadings(name, sent, readings));
		}
		return problems;
	}

	/** In one segment; without one message; without one line. */
	smaller({ messages, cuts }: RequestCase): RequestCase[] {
		const fewer = messages.map((_, i) => messages.filter((_, j) => j !== i));
		const shorter = messages.flatMap((message, i) => {
			const lines = message.split("\r\n");
			return lines.map((_, line) => {
				const kept = lines.filter((_, j) => j !== line).join("\r\n");
				return messages.map((each, j) => (j === i ? kept : each));
			});
		});
		const inOne = cuts.length > 0 ? [{ messages, cuts: [] }] : [];
		const cut = [...fewer, ...shorter]
			.filter((each) => each.length > 0)
			.map((each) => ({ messages: each, cuts }));
		return [...inOne, ...cut];
	}

	paste({ messages, cuts }: RequestCase): string {
		const lines = messages.map((one) => `\t${literal(one)},`).join("\n");
		return `await requestProblems({\n messages: [\n${lines}\n ],\n cuts: ${JSON.stringify(cuts)},\n})`;
	}
}

/** The problems of one case, as a find prints it; for test/regressions. */
export async function requestProblems(one: RequestCase): Promise<string[]> {
	const patience = new Patience();
	const lane = await new RequestLane(patience, true).start();
	const tally: Tally = { cases: 0, messages: 0, readings: {} };
	const worker = new RequestWorker(lane, new Llhttp(), [], tally);
	return await worker.judge(one).finally(() => {
		lane.stop();
		patience.stop();
	});
}
