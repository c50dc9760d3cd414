/** "unchecked": the check was not possible, and the remedy says what it needs. */
export type Verdict = "good" | "doubtful" | "wrong" | "unchecked";

export interface Found {
	readonly verdict: Verdict;
	/** One sentence, without the value of any cookie. */
	readonly what: string;
	/** What to do; empty for a good finding. */
	readonly remedy: string;
}

/** A finding is written as the report prints it: wrong`problem -> remedy`. */
type Tag = (texts: TemplateStringsArray, ...values: unknown[]) => Found;

export const good = tagOf("good");
export const doubtful = tagOf("doubtful");
export const wrong = tagOf("wrong");
export const unchecked = tagOf("unchecked");

const ARROW = /\s+-> /;

/** Only the text itself can contain the arrow. Values may be messages of other programs. */
function tagOf(verdict: Verdict): Tag {
	return (texts, ...values) => {
		let [what, remedy, isRemedy] = ["", "", false];
		for (const [index, text] of texts.entries()) {
			const [before = "", after] = text.split(ARROW);
			const value = String(values[index] ?? "");
			if (after !== undefined) {
				what += before;
				isRemedy = true;
				remedy = after + value;
			} else if (isRemedy) remedy += before + value;
			else what += before + value;
		}
		return { verdict, what, remedy };
	};
}
