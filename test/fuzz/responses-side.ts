import { outcomeOf } from "./container-response.js";
import {
	literal,
	newTally,
	type RunOptions,
	type Tally,
	type Worker,
	work,
} from "./fuzz-run.js";
import { readLlhttpResponse } from "./llhttp.js";
import { Patience } from "./patience.js";
import type { Random } from "./random.js";
import type { Asked, ResponseCase } from "./response-client.js";
import { responseDisagreement, withoutBlanks } from "./response-differences.js";
import { ResponseLane } from "./response-lane.js";

/** Proxies, and clients that work on each at the same time: half of them in one session, half in another. */
const LANES = 2;
const CLIENTS = 6;
/** Node's client reads the responses of one case in so many. */
const LLHTTP_EVERY = 3;

/** Containers answer in all kinds of ways. */
export async function fuzzResponses(
	patience: Patience,
	options: RunOptions,
): Promise<Tally> {
	const tally = newTally();
	const lanes = await Promise.all(
		Array.from({ length: LANES }, () => new ResponseLane(patience).start()),
	);
	const workers = lanes.flatMap((lane) =>
		Array.from({ length: CLIENTS }, (_, client) =>
			workerOf(lane, client, tally),
		),
	);
	try {
		await Promise.all(workers.map((each) => work(each, tally, options)));
	} finally {
		for (const lane of lanes) lane.stop();
	}
	return tally;
}

/** client: the number of the client among those of a lane. */
function workerOf(
	lane: ResponseLane,
	client: number,
	tally: Tally,
): Worker<ResponseCase> {
	const judge = async (one: ResponseCase, index = 0): Promise<string[]> => {
		const problems = await lane.judge(one, client);
		tally.messages += one.asked.length;
		if (index % LLHTTP_EVERY !== 0) return problems;
		return [...problems, ...(await reread(one, tally))];
	};
	const make = (random: Random) => lane.make(random);
	return { side: "responses", make, judge, smaller, paste };
}

/** Node's own client reads the responses too. */
async function reread({ asked }: ResponseCase, tally: Tally) {
	const problems: string[] = [];
	const { readings } = tally;
	for (const { method, minor, upgrades, reply } of asked) {
		if (upgrades || reply.ending === "rst") continue;
		const { bytes } = reply;
		const asking = { isHead: method === "HEAD", minor, upgrades };
		let theirs = await readLlhttpResponse(bytes, asking);
		const outcome = outcomeOf(bytes, asking, "fin");
		if (theirs.refusal === "HPE_STRICT" && outcome.kind === "whole")
			theirs = await readLlhttpResponse(withoutBlanks(bytes), asking);
		const parted = responseDisagreement(bytes, outcome, theirs);
		if (parted !== null) problems.push(parted);
		readings["node:http"] = (readings["node:http"] ?? 0) + 1;
	}
	return problems;
}

/** With requests or a response in one segment; with a client that stays; without one request. */
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
	const uncut = cuts === null ? null : [];
	return [
		...(cuts?.length ? [{ asked, cuts: uncut, leavesAfter }] : []),
		...(leavesAfter === null ? [] : [{ asked, cuts, leavesAfter: null }]),
		...simpler.map((each) => ({ asked: each, cuts: uncut, leavesAfter })),
	];
}

function paste({ asked, cuts, leavesAfter }: ResponseCase): string {
	const lines = asked.map((one) => `\t${shown(one)},`).join("\n");
	return `await responseProblems({\n asked: [\n${lines}\n ],\n cuts: ${JSON.stringify(cuts)}, leavesAfter: ${leavesAfter},\n})`;
}

function shown({ reply, ...request }: Asked): string {
	const { bytes, cuts, ending } = reply;
	const fields = JSON.stringify(request).slice(1, -1);
	return `{ ${fields}, reply: { bytes: ${literal(bytes)}, cuts: ${JSON.stringify(cuts)}, ending: "${ending}" } }`;
}

/** The problems of one case, as a find prints it; for test/regressions. */
export async function responseProblems(one: ResponseCase): Promise<string[]> {
	const patience = new Patience();
	const lane = await new ResponseLane(patience).start();
	return await lane.judge(one, 0).finally(() => {
		lane.stop();
		patience.stop();
	});
}
