import type { Fact, Group } from "../../group.js";
import type { Connected } from "../owners/address-owners.js";
import { ASK_AGAIN_MS } from "../shared-owners.js";
import type { RowNote, Sample } from "./address-history.js";

type Question =
	| { readonly kind: "connections"; readonly address: string }
	| { readonly kind: "samples" };

/** Addresses whose last answer is remembered. */
const MOST_ASKED = 100;

/** A worker's exchange with the others about rows with one address. */
export class SharedHistory {
	readonly #group: Group;
	readonly #asked = new Map<
		string,
		{
			readonly at: number;
			readonly answer: Promise<readonly Connected[] | undefined>;
		}
	>();

	constructor(
		group: Group,
		own: {
			readonly connections: () => readonly Connected[];
			readonly samples: () => readonly Sample[];
		},
	) {
		this.#group = group;
		group.answerBy((about) => {
			const question = about as Question;
			if (question.kind === "samples") return own.samples();
			return own
				.connections()
				.filter(({ address }) => address === question.address);
		});
	}

	tell(id: string, note: RowNote | undefined): void {
		this.#group.tell({ kind: "row", key: id, value: note });
	}

	onNote(take: (id: string, note: RowNote | undefined) => void): void {
		this.#group.onFact("row", ({ key, value }: Fact) =>
			take(key, value as RowNote | undefined),
		);
	}

	/** The other workers' samples. */
	async samples(): Promise<readonly (readonly Sample[])[]> {
		const answers = await this.#group.ask({ kind: "samples" });
		return answers.filter(Array.isArray) as Sample[][];
	}

	/** The other workers' connections to the address; undefined if one of them did not answer. */
	connectionsAt(address: string): Promise<readonly Connected[] | undefined> {
		const now = performance.now();
		const known = this.#asked.get(address);
		if (known !== undefined && now - known.at < ASK_AGAIN_MS)
			return known.answer;
		const question: Question = { kind: "connections", address };
		const answer = this.#group
			.ask(question)
			.then((answers) =>
				answers.every(Array.isArray)
					? (answers.flat() as Connected[])
					: undefined,
			);
		if (this.#asked.size >= MOST_ASKED) this.#asked.clear();
		this.#asked.set(address, { at: now, answer });
		return answer;
	}
}
