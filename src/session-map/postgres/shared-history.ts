import type { Fact, Group } from "../../group.js";
import type { Route } from "../../route.js";
import type { Connected } from "../owners/address-owners.js";
import { ASK_AGAIN_MS } from "../shared-owners.js";
import type { RowNote, Sample } from "./address-history.js";
import { isSame } from "./rows.js";

type Question =
	| { readonly kind: "connections"; readonly address: string }
	| { readonly kind: "route"; readonly sessionKey: string }
	| { readonly kind: "samples" };

/** The answer of a worker that does not know the session. */
const NO_ROUTE = "none";

/** The most questions whose answers are remembered. */
const MOST_ASKED = 1_000;

interface Asked<T> {
	/** performance.now() */
	readonly at: number;
	readonly answer: Promise<T | undefined>;
}

/** A worker's exchange with the others about rows with one address. */
export class SharedHistory {
	readonly #group: Group;
	/** The last questions and their answers, by address and by session. */
	readonly #asked = new Map<string, Asked<readonly Connected[]>>();
	readonly #routes = new Map<string, Asked<Route>>();

	constructor(
		group: Group,
		own: {
			readonly connections: () => readonly Connected[];
			readonly samples: () => readonly Sample[];
			readonly lastRouteOf: (sessionKey: string) => Route | undefined;
		},
	) {
		this.#group = group;
		group.answerBy((about) => {
			const question = about as Question;
			switch (question.kind) {
				case "samples":
					return own.samples();
				case "route":
					return own.lastRouteOf(question.sessionKey) ?? NO_ROUTE;
				default:
					return own
						.connections()
						.filter(({ address }) => address === question.address);
			}
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

	/** The session's last route in the other workers; undefined if none has it, or if two differ. */
	lastRoute(sessionKey: string): Promise<Route | undefined> {
		const now = performance.now();
		const known = this.#routes.get(sessionKey);
		if (known !== undefined && now - known.at < ASK_AGAIN_MS)
			return known.answer;
		const answer = this.#askRoute(sessionKey);
		if (this.#routes.size >= MOST_ASKED) this.#routes.clear();
		this.#routes.set(sessionKey, { at: now, answer });
		return answer;
	}

	async #askRoute(sessionKey: string): Promise<Route | undefined> {
		const question: Question = { kind: "route", sessionKey };
		const answers = await this.#group.ask(question);
		const routes = answers.filter(
			(answer) => answer !== null && answer !== NO_ROUTE,
		) as Route[];
		const [first, ...others] = routes;
		const isAgreed = first && others.every((other) => isSame(other, first));
		return isAgreed ? first : undefined;
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
