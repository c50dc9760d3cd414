import { Random } from "./random.js";

/** A failed case, with everything that is needed to repeat it. */
export interface Find {
	readonly side: "requests" | "responses" | "tools";
	readonly seed: number;
	readonly problems: readonly string[];
	/** The case, ready to be pasted into a test. */
	readonly paste: string;
}

/** Progress of a run. */
export interface Tally {
	cases: number;
	/** Messages, good or not, that were judged. */
	messages: number;
	/** Readings by other servers. */
	readings: Record<string, number>;
}

export function newTally(): Tally {
	return { cases: 0, messages: 0, readings: {} };
}

export interface RunOptions {
	readonly seed: number;
	/** Asked before each case. */
	readonly goesOn: (tally: Tally) => boolean;
	readonly onFind: (find: Find) => void;
	/** nginx and HAProxy read too, where they are installed. */
	readonly servers: boolean;
	/** Whether finds are reduced before they are reported. */
	readonly minimises: boolean;
}

/** Makes and judges the cases of one side, one after another. */
export interface Worker<Case> {
	readonly side: Find["side"];
	make(random: Random): Case;
	/** index: of the case in this run; undefined where a find is repeated, which all other servers read. */
	judge(one: Case, index?: number): Promise<string[]>;
	/** Smaller cases, the smallest first. */
	smaller(one: Case): Case[];
	paste(one: Case): string;
}

/** Runs cases until `options` end the run. */
export async function work<Case>(
	worker: Worker<Case>,
	tally: Tally,
	options: RunOptions,
): Promise<void> {
	const { minimises, onFind } = options;
	while (options.goesOn(tally)) {
		const index = tally.cases++;
		// The first case's seed is the run's, so that a case's seed repeats it alone.
		const seed = (options.seed + index) >>> 0;
		const made = worker.make(new Random(seed));
		const problems = await worker.judge(made, index);
		if (problems.length === 0) continue;
		const fails = async (one: Case): Promise<boolean> =>
			(await worker.judge(one)).length > 0;
		// A case that does not fail again depended on the cases before or next to it, and is reported unchanged.
		const repeats = !minimises || (await fails(made));
		if (!repeats) problems.push("(not when it was run again)");
		const least =
			repeats && minimises ? await minimise(worker, made, fails) : made;
		onFind({ side: worker.side, seed, problems, paste: worker.paste(least) });
	}
}

/** Runs of a case that reducing it may take, and milliseconds: each may wait until patience ends. */
const MOST_RUNS = 300;
const MOST_MS = 20_000;

/** Reduces a failing case for as long as it fails. */
async function minimise<Case>(
	worker: Worker<Case>,
	found: Case,
	fails: (one: Case) => Promise<boolean>,
): Promise<Case> {
	let least = found;
	let runs = 0;
	const until = performance.now() + MOST_MS;
	for (let again = true; again; ) {
		again = false;
		for (const one of worker.smaller(least)) {
			if (++runs > MOST_RUNS || performance.now() > until) return least;
			if (!(await fails(one))) continue;
			least = one;
			again = true;
			break;
		}
	}
	return least;
}

/** A find at length, with its bytes as a TypeScript literal so that none is lost. */
export function describeFind({ side, seed, problems, paste }: Find): string {
	return [
		`FIND on the side of ${side}, seed ${seed}: npm run test:fuzz -- --side ${side} --seed ${seed} --cases 1`,
		...problems.map((problem) => `  ${problem}`),
		paste,
		"",
	].join("\n");
}

/** A string as a TypeScript literal that shows every byte. */
export function literal(bytes: string): string {
	return JSON.stringify(bytes).replace(
		/[\x7f-\xff]/g,
		(byte) => `\\x${byte.charCodeAt(0).toString(16)}`,
	);
}
