/** Something that must not be, with what is needed to see it again. */
export interface Find {
	readonly side: "requests" | "responses";
	readonly seed: number;
	/** What is wrong, in words. */
	readonly problems: readonly string[];
	/** The case, ready to be pasted into a test. */
	readonly paste: string;
}

/** What a run has done so far. */
export interface Tally {
	cases: number;
	/** Messages, good or not, that were judged. */
	messages: number;
	/** Readings by other servers. */
	readings: Record<string, number>;
}

/** How a side is run. */
export interface SideOptions {
	readonly seed: number;
	/** Asked before each case. */
	readonly goesOn: (tally: Tally) => boolean;
	readonly onFind: (find: Find) => void;
	/** nginx and HAProxy read too, where they are installed. */
	readonly servers: boolean;
	/** Finds are made smaller before they are told. */
	readonly minimises: boolean;
}

/** A case that ran alone and did not fail: it owed its failure to what ran before or beside it. */
export const NOT_AGAIN = "(not when it was run again)";

/** Says a find at length: bytes as a TypeScript literal, so that none is lost. */
export function describeFind({ side, seed, problems, paste }: Find): string {
	return [
		`FIND on the side of ${side}, seed ${seed}: npm run test:fuzz -- --side ${side} --seed ${seed} --cases 1`,
		...problems.map((problem) => `  ${problem}`),
		paste,
		"",
	].join("\n");
}

/** A string as a TypeScript literal in which every byte can be seen. */
export function literal(bytes: string): string {
	return JSON.stringify(bytes).replace(
		/[\x7f-\xff]/g,
		(byte) => `\\x${byte.charCodeAt(0).toString(16)}`,
	);
}
