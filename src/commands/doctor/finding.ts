/** "unchecked": the check could not be made, and the remedy says what it requires. */
export type Verdict = "good" | "doubtful" | "wrong" | "unchecked";

export interface Found {
	readonly verdict: Verdict;
	/** One sentence, without the value of any cookie. */
	readonly what: string;
	/** Advice for the admin; empty for a good finding. */
	readonly remedy: string;
}

/** A finding is written as the report prints it: wrong`problem -> remedy`. */
type Tag = (texts: TemplateStringsArray, ...values: unknown[]) => Found;

export const good = tagOf("good");
export const doubtful = tagOf("doubtful");
export const wrong = tagOf("wrong");
export const unchecked = tagOf("unchecked");

const ARROW = /\s+-> /;

/** Splits at the arrow of the text itself, because values may be other programs' messages and contain one too. */
function tagOf(verdict: Verdict): Tag {
	return (texts, ...values) => {
		const parts = [""];
		const append = (text: string) => parts.push(`${parts.pop()}${text}`);
		for (const [index, text] of texts.entries()) {
			const [before = "", after] = text.split(ARROW);
			append(before);
			if (after !== undefined) parts.push(after);
			append(String(values[index] ?? ""));
		}
		const [what = "", remedy = ""] = parts;
		return { verdict, what, remedy };
	};
}
