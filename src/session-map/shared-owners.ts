import type { Group } from "../group.js";
import type { Connected } from "./owners/address-owners.js";
import { hashOf } from "./owners/hash-index.js";
import type { OwnerNews, ToldFact } from "./owners/owner-facts.js";

/** Milliseconds between two questions about the same doubted rows. */
export const ASK_AGAIN_MS = 250;

interface ConnectionsQuestion {
	readonly kind: "connections";
	/** Hashes of addresses. */
	readonly addresses: readonly number[];
}

/** A worker's exchange with the others about the rows of the session map. */
export class SharedOwners {
	readonly #group: Group;

	/**
	 * @param connections this process's; undefined for environments
	 * @param look reads a map that has changed, so that an answer is not older than the question
	 */
	constructor(
		group: Group,
		connections: (() => readonly Connected[]) | undefined,
		look: () => void,
	) {
		this.#group = group;
		group.answerBy((about) => {
			const { kind, addresses } = about as ConnectionsQuestion;
			if (kind !== "connections") return undefined;
			look();
			const own = connections?.() ?? [];
			return own.filter(({ address }) => addresses.includes(hashOf(address)));
		});
	}

	onNews(take: (news: OwnerNews) => void): void {
		this.#group.onFact("owner", ({ key, value }) =>
			take({ key: Number(key), fact: value as ToldFact | undefined }),
		);
	}

	tell(news: readonly OwnerNews[]): void {
		for (const { key, fact: value } of news)
			this.#group.tell({ kind: "owner", key: String(key), value });
	}

	/** The other workers' connections to these addresses; undefined if one of them did not answer. */
	async connectionsAt(
		addresses: readonly number[],
	): Promise<readonly Connected[] | undefined> {
		const about: ConnectionsQuestion = { kind: "connections", addresses };
		const answers = await this.#group.ask(about);
		if (answers.some((answer) => !Array.isArray(answer))) return undefined;
		return answers.flat() as Connected[];
	}
}
