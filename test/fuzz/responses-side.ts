import { outcomeOf } from "./container-response.js";
import { readLlhttpResponse } from "./llhttp-response.js";
import { minimise } from "./minimise.js";
import type { Patience } from "./patience.js";
import { Random, seedOf } from "./random.js";
import { literal, NOT_AGAIN, type SideOptions, type Tally } from "./report.js";
import type { Asked, ResponseCase } from "./response-client.js";
import { responseDisagreement } from "./response-differences.js";
import { ResponseLane } from "./response-lane.js";

/** Proxies, and clients that are at work on each at a time: half of them in one session, half in another. */
const LANES = 2;
const CLIENTS = 6;
/** Of so many cases the responses of one are read by Node's client too. */
const LLHTTP_EVERY = 3;

/** Containers answer in all kinds of ways. */
export async function fuzzResponses(
	patience: Patience,
	options: SideOptions,
): Promise<Tally> {
	const side = new ResponsesSide(options);
	const lanes = await Promise.all(
		Array.from({ length: LANES }, () => new ResponseLane(patience).start()),
	);
	try {
		await Promise.all(
			lanes.flatMap((lane) =>
				Array.from({ length: CLIENTS }, (_, client) => side.work(lane, client)),
			),
		);
	} finally {
		for (const lane of lanes) lane.stop();
	}
	return side.tally;
}

class ResponsesSide {
	readonly tally: Tally = { cases: 0, messages: 0, readings: {} };

	constructor(private readonly options: SideOptions) {}

	async work(lane: ResponseLane, client: number): Promise<void> {
		while (this.options.goesOn(this.tally)) {
			const seed = seedOf(this.options.seed, this.tally.cases++);
			const made = lane.make(new Random(seed));
			const problems = await lane.judge(made, client);
			if (seed % LLHTTP_EVERY === 0)
				problems.push(...(await this.reread(made)));
			this.tally.messages += made.asked.length;
			if (problems.length > 0) await this.tell(lane, made, seed, problems);
		}
	}

	/** Node's own client reads the responses too. */
	private async reread({ asked }: ResponseCase): Promise<string[]> {
		const problems: string[] = [];
		for (const { method, minor, upgrades, reply } of asked) {
			if (upgrades || reply.ending === "rst") continue;
			const { bytes } = reply;
			const asking = { isHead: method === "HEAD", minor, upgrades };
			const theirs = await readLlhttpResponse(bytes, asking);
			const outcome = outcomeOf(bytes, asking, "fin");
			const parted = responseDisagreement(bytes, outcome, theirs);
			if (parted !== null) problems.push(parted);
			const before = this.tally.readings["node:http"] ?? 0;
			this.tally.readings["node:http"] = before + 1;
		}
		return problems;
	}

	private async tell(
		lane: ResponseLane,
		made: ResponseCase,
		seed: number,
		problems: readonly string[],
	): Promise<void> {
		const fails = async (one: ResponseCase): Promise<boolean> =>
			[...(await lane.judge(one, 0)), ...(await this.reread(one))].length > 0;
		const repeats = !this.options.minimises || (await fails(made));
		const least =
			repeats && this.options.minimises
				? await minimise(made, smaller, fails)
				: made;
		const asked = least.asked.map((one) => `\t${shown(one)},`).join("\n");
		const { cuts, leavesAfter } = least;
		this.options.onFind({
			side: "responses",
			seed,
			problems: repeats ? problems : [...problems, NOT_AGAIN],
			paste: `await responseProblems({\n asked: [\n${asked}\n ],\n cuts: ${JSON.stringify(cuts)}, leavesAfter: ${leavesAfter},\n})`,
		});
	}
}

function shown({ reply, ...request }: Asked): string {
	const { bytes, cuts, ending } = reply;
	const fields = JSON.stringify(request).slice(1, -1);
	return `{ ${fields}, reply: { bytes: ${literal(bytes)}, cuts: ${JSON.stringify(cuts)}, ending: "${ending}" } }`;
}

/** Without one request; requests or a response in one segment; a client that stays. */
function smaller({ asked, cuts, leavesAfter }: ResponseCase): ResponseCase[] {
	const fewer = asked.map((_, i) => asked.filter((_, j) => j !== i));
	const inOne = asked.map((_, i) =>
		asked.map((one, j) =>
			i === j ? { ...one, reply: { ...one.reply, cuts: [] } } : one,
		),
	);
	const simpler = [...fewer, ...inOne].filter(
		(each) => each.length > 0 && JSON.stringify(each) !== JSON.stringify(asked),
	);
	return [
		...(cuts !== null && cuts.length > 0
			? [{ asked, cuts: [], leavesAfter }]
			: []),
		...(leavesAfter !== null ? [{ asked, cuts, leavesAfter: null }] : []),
		...simpler.map((each) => ({
			asked: each,
			cuts: cuts === null ? null : [],
			leavesAfter,
		})),
	];
}
