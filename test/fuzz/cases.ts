import { disagreement } from "./disagreement.js";
import { Llhttp } from "./llhttp.js";
import { Patience } from "./patience.js";
import { type RequestCase, RequestLane } from "./request-lane.js";
import type { ResponseCase } from "./response-client.js";
import { ResponseLane } from "./response-lane.js";

/** What is wrong with one case of the fuzzer's requests, as a find prints it; for test/regressions. */
export async function requestProblems(one: RequestCase): Promise<string[]> {
	return await withPatience(async (patience) => {
		const lane = await new RequestLane(patience, true).start();
		const { expected, problems } = await lane.judge(one);
		lane.stop();
		const theirs = await new Llhttp().read(one.messages.join(""));
		const parted = disagreement(expected, theirs);
		return parted === null ? [...problems] : [...problems, parted];
	});
}

/** The same for a case of responses. */
export async function responseProblems(one: ResponseCase): Promise<string[]> {
	return await withPatience(async (patience) => {
		const lane = await new ResponseLane(patience).start();
		const problems = await lane.judge(one, 0);
		lane.stop();
		return problems;
	});
}

async function withPatience<T>(
	run: (patience: Patience) => Promise<T>,
): Promise<T> {
	const patience = new Patience();
	return await run(patience).finally(() => patience.stop());
}
