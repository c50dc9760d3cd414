import type { Fact, FactKind } from "./group.js";

/** The most facts of one kind: as many as a worker itself remembers, of some hundred bytes each. */
const MOST = 10_000;

/** The latest fact of each key; beyond MOST of a kind the oldest are forgotten. */
export class KnownFacts {
	readonly #byKind = new Map<FactKind, Map<string, Fact>>();

	/** @returns whether the fact is new */
	learn(fact: Fact): boolean {
		const { kind, key, value } = fact;
		const facts = this.#byKind.get(kind) ?? new Map<string, Fact>();
		this.#byKind.set(kind, facts);
		const known = facts.get(key);
		if (value === undefined) return facts.delete(key);
		if (known !== undefined && isSame(known.value, value)) return false;
		facts.delete(key);
		facts.set(key, fact);
		if (facts.size > MOST) {
			const [oldest] = facts.keys();
			if (oldest !== undefined) facts.delete(oldest);
		}
		return true;
	}

	of(kind: FactKind): readonly Fact[] {
		return [...(this.#byKind.get(kind)?.values() ?? [])];
	}

	all(): readonly Fact[] {
		return [...this.#byKind.keys()].flatMap((kind) => this.of(kind));
	}
}

function isSame(a: unknown, b: unknown): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}
