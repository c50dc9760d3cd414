import { newTally, type RunOptions, type Tally, work } from "./fuzz-run.js";
import { Llhttp, llhttpReader } from "./llhttp.js";
import { Patience } from "./patience.js";
import { type RequestCase, RequestLane } from "./request-lane.js";
import { startPython } from "./second-readers.js";
import { startServers } from "./server-readers.js";

/** Cases that run at the same time, each in its own lane. */
const LANES = 6;

/** Clients send all kinds of requests. */
export async function fuzzRequests(
	patience: Patience,
	options: RunOptions,
): Promise<Tally> {
	const tally = newTally();
	const llhttp = new Llhttp();
	const others = [llhttpReader(llhttp), startPython()];
	if (options.servers) others.push(...(await startServers(patience)));
	const readers = { llhttp, others };
	const lanes = await Promise.all(
		Array.from({ length: LANES }, (_, i) =>
			new RequestLane(patience, i % 2 === 0, readers, tally).start(),
		),
	);
	try {
		await Promise.all(lanes.map((lane) => work(lane, tally, options)));
	} finally {
		for (const lane of lanes) lane.stop();
		for (const reader of others) reader.stop();
	}
	return tally;
}

/** The problems of one case, as a find prints it; for test/regressions. */
export async function requestProblems(one: RequestCase): Promise<string[]> {
	const patience = new Patience();
	const readers = { llhttp: new Llhttp(), others: [] };
	const lane = await new RequestLane(patience, true, readers).start();
	return await lane.judge(one).finally(() => {
		lane.stop();
		patience.stop();
	});
}
