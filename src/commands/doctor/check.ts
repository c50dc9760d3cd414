import { doubtful, type Found, unchecked, type Verdict } from "./finding.js";

/** One finding of a check, with the check's name, which the documentation lists. */
export type Finding = { readonly name: string } & Found;

/** Nothing, one finding or several. */
type Result = Found | undefined | Iterable<Found> | AsyncIterable<Found>;

export interface Check<Subject> {
	readonly name: string;
	readonly find: (subject: Subject) => Result | Promise<Result>;
	/** The check is skipped unless the first finding of the check with this name is good, or not wrong. */
	readonly ifGood?: string;
	readonly unlessWrong?: string;
}

/** Runs checks and collects their findings. A check that throws or takes too long is a finding, and the others go on. */
export class Diagnosis {
	readonly findings: Finding[] = [];
	readonly #signal: AbortSignal;
	readonly #aborted: Promise<never>;

	/** @param signal aborted with the Error that says why the checks end early */
	constructor(signal: AbortSignal) {
		this.#signal = signal;
		this.#aborted = new Promise((_, reject) =>
			signal.addEventListener("abort", () => reject(signal.reason)),
		);
		// Each check handles it, but the signal may be aborted between two checks.
		this.#aborted.catch(() => {});
	}

	verdictOf(name: string): Verdict | undefined {
		return this.findings.find((each) => each.name === name)?.verdict;
	}

	/** Whether the check of this name has found something, and nothing but good. */
	areAllGood(name: string): boolean {
		const all = this.findings.filter((each) => each.name === name);
		return all.length > 0 && all.every(({ verdict }) => verdict === "good");
	}

	add(name: string, found: Found): void {
		this.findings.push({ name, ...found });
	}

	async run<Subject>(
		checks: readonly Check<Subject>[],
		subject: Subject,
	): Promise<void> {
		for (const check of checks) {
			const { name, ifGood, unlessWrong } = check;
			if (ifGood !== undefined && this.verdictOf(ifGood) !== "good") continue;
			if (unlessWrong && this.verdictOf(unlessWrong) === "wrong") continue;
			const all = await this.#findingsOf(check, subject);
			for (const found of all) this.add(name, found);
		}
	}

	async #findingsOf<Subject>(
		{ find }: Check<Subject>,
		subject: Subject,
	): Promise<readonly Found[]> {
		const signal = this.#signal;
		try {
			signal.throwIfAborted();
			return await Promise.race([listed(find(subject)), this.#aborted]);
		} catch (error) {
			const what = messageOf(error);
			const found = signal.aborted
				? unchecked`not checked: ${what} -> Solve the problems above and run doctor again.`
				: doubtful`this check itself failed: ${what} -> Check this by hand. The other checks went on.`;
			return [found];
		}
	}
}

async function listed(result: Result | Promise<Result>): Promise<Found[]> {
	const found = await result;
	if (found === undefined) return [];
	if ("verdict" in found) return [found];
	const all: Found[] = [];
	for await (const each of found) all.push(each);
	return all;
}

export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
