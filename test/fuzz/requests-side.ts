import { disagreement } from "./disagreement.js";
import { Llhttp } from "./llhttp.js";
import { llhttpReader } from "./llhttp-reader.js";
import { minimise } from "./minimise.js";
import type { Patience } from "./patience.js";
import { startPython } from "./python-reader.js";
import { Random, seedOf } from "./random.js";
import type { Arrival } from "./recording-container.js";
import { literal, NOT_AGAIN, type SideOptions, type Tally } from "./report.js";
import { type RequestCase, RequestLane } from "./request-lane.js";
import {
	misreadings,
	onOneConnection,
	type SecondReader,
} from "./second-readers.js";
import { startServers } from "./server-readers.js";

/** Cases that run at a time, each in a lane of its own. */
const LANES = 6;
/** Of so many cases, what the container was sent in one is given to the reader: processes beside ours read slower. */
const EVERY: Record<string, number> = {
	"node:http": 2,
	Python: 12,
	nginx: 40,
	HAProxy: 40,
};

/** Clients send all kinds of requests. */
export async function fuzzRequests(
	patience: Patience,
	options: SideOptions,
): Promise<Tally> {
	const llhttp = new Llhttp();
	const readers = [llhttpReader(llhttp), startPython()];
	if (options.servers) readers.push(...(await startServers(patience)));
	const side = new RequestsSide(options, llhttp, readers);
	const lanes = await Promise.all(
		Array.from({ length: LANES }, (_, i) =>
			new RequestLane(patience, i % 2 === 0).start(),
		),
	);
	try {
		await Promise.all(lanes.map((lane) => side.work(lane)));
	} finally {
		for (const lane of lanes) lane.stop();
		for (const reader of readers) reader.stop();
	}
	return side.tally;
}

class RequestsSide {
	readonly tally: Tally = { cases: 0, messages: 0, readings: {} };

	constructor(
		private readonly options: SideOptions,
		private readonly llhttp: Llhttp,
		private readonly readers: readonly SecondReader[],
	) {}

	async work(lane: RequestLane): Promise<void> {
		while (this.options.goesOn(this.tally)) {
			const index = this.tally.cases++;
			const seed = seedOf(this.options.seed, index);
			const made = lane.make(new Random(seed));
			const due = this.readers.filter(
				({ name }) => index % (EVERY[name] ?? 1) === 0,
			);
			const problems = await this.judge(lane, made, due);
			if (problems.length > 0) await this.tell(lane, made, seed, problems);
		}
	}

	private async judge(
		lane: RequestLane,
		made: RequestCase,
		readers: readonly SecondReader[],
	): Promise<string[]> {
		const { expected, arrivals, problems } = await lane.judge(made);
		// What follows a refusal or a last request is nobody's message.
		const { exchanges, end } = expected;
		this.tally.messages += exchanges.length + (end === "refused" ? 1 : 0);
		const theirs = await this.llhttp.read(made.messages.join(""));
		const parted = disagreement(expected, theirs);
		const misread = await this.reread(arrivals, readers);
		return [...problems, ...(parted === null ? [] : [parted]), ...misread];
	}

	private async reread(
		arrivals: readonly Arrival[],
		readers: readonly SecondReader[],
	): Promise<string[]> {
		const sent = onOneConnection(arrivals);
		if (sent.length === 0) return [];
		const problems: string[] = [];
		for (const reader of readers) {
			const readings = await reader.read(sent);
			const { name } = reader;
			const before = this.tally.readings[name] ?? 0;
			this.tally.readings[name] = before + readings.length;
			problems.push(...misreadings(name, sent, readings));
		}
		return problems;
	}

	private async tell(
		lane: RequestLane,
		made: RequestCase,
		seed: number,
		problems: readonly string[],
	): Promise<void> {
		const fails = async (one: RequestCase): Promise<boolean> =>
			(await this.judge(lane, one, this.readers)).length > 0;
		// A case that does not fail again owed it to the state of its lane: it is told as it was.
		const repeats = !this.options.minimises || (await fails(made));
		const least =
			repeats && this.options.minimises
				? await minimise(made, smaller, fails)
				: made;
		const messages = least.messages.map((one) => `\t${literal(one)},`);
		this.options.onFind({
			side: "requests",
			seed,
			problems: repeats ? problems : [...problems, NOT_AGAIN],
			paste: `await requestProblems({\n messages: [\n${messages.join("\n")}\n ],\n cuts: ${JSON.stringify(least.cuts)},\n})`,
		});
	}
}

/** Without one message; in one segment; without one line. */
function smaller({ messages, cuts }: RequestCase): RequestCase[] {
	const fewer = messages.map((_, i) => messages.filter((_, j) => j !== i));
	const shorter = messages.flatMap((message, i) => {
		const lines = message.split("\r\n");
		return lines.map((_, line) => {
			const kept = lines.filter((_, j) => j !== line).join("\r\n");
			return messages.map((each, j) => (j === i ? kept : each));
		});
	});
	const whole = cuts.length > 0 ? [{ messages, cuts: [] }] : [];
	const cut = [...fewer, ...shorter]
		.filter((each) => each.length > 0)
		.map((each) => ({ messages: each, cuts }));
	return [...whole, ...cut];
}
