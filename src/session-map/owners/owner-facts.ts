import { steadyNow } from "../../steady-clock.js";
import type { AddressOwners, RowFact } from "./address-owners.js";

/** A fact as workers tell it. */
export interface ToldFact extends RowFact {
	/** Content.numbering: under another one, the row may have another rowid. */
	readonly numbering: string;
}

/** News about the row with this key; without a fact: it does not count any more. */
export interface OwnerNews {
	readonly key: number;
	readonly fact?: ToldFact | undefined;
}

/** As many facts as the supervisor keeps. */
const MOST = 10_000;

/**
 * The facts about a map's rows on which all workers agree: the latest one of each row. `ended` stays so in a worker that was
 * started later, and a row that one worker believes or doubts is believed or doubted by all.
 */
export class OwnerFacts {
	/** By the hash of the row's key. */
	readonly #known = new Map<number, ToldFact>();
	/** Facts of other workers that the owners here have not taken over yet. */
	readonly #pending = new Map<number, ToldFact>();
	#news: OwnerNews[] = [];

	/** @returns whether agree() has something to do */
	hear({ key, fact }: OwnerNews): boolean {
		const known = this.#known.get(key);
		if (fact === undefined) {
			this.#known.delete(key);
			this.#pending.delete(key);
			return false;
		}
		if (known !== undefined && isOlder(fact, known)) {
			// The teller has not heard of it, and the supervisor now has the older one.
			this.#news.push({ key, fact: known });
			return false;
		}
		this.#know(fact);
		this.#pending.set(key, fact);
		return true;
	}

	get hasPending(): boolean {
		return this.#pending.size > 0;
	}

	/** The standing of a row whose address has such facts is not known before agree(). */
	hasPendingAt(address: number): boolean {
		for (const fact of this.#pending.values())
			if (fact.address === address) return true;
		return false;
	}

	/**
	 * Takes over what other workers have told.
	 * @param isFirst whether the owners are of this process's first read
	 * @param seen when the map was last read, in milliseconds of steadyNow()
	 * @returns whether a standing may have changed
	 */
	agree(
		owners: AddressOwners,
		{ numbering, seen, isFirst = false, isOfNewContent }: Occasion,
	): boolean {
		const pending = [...this.#pending.values()];
		const unknown = owners.adopt(
			pending,
			(fact) => (fact as ToldFact).numbering !== numbering,
		);
		this.#pending.clear();
		// A row that is not there in newer content is gone; otherwise it has not been read yet.
		if (!isOfNewContent)
			for (const fact of unknown) this.#pending.set(fact.key, fact as ToldFact);
		if (isFirst && owners.data.isOfTools)
			owners.doubtUndecided(
				seen,
				(key) => this.#known.get(key)?.state === "leads",
			);
		return pending.length > unknown.length || isFirst;
	}

	/** Notes the facts that are new here. */
	note(owners: AddressOwners, { numbering, seen }: Occasion): void {
		const fresh = [...owners.facts(seen)]
			.map((fact) => ({ ...fact, numbering }))
			.filter((fact) => isNews(fact, this.#known.get(fact.key)))
			.sort((a, b) => a.rowid - b.rowid || a.order - b.order);
		for (const fact of fresh) this.#tell(fact);
		for (const known of [...this.#known.values()]) {
			if (this.#pending.has(known.key)) continue;
			const isMoved = known.numbering !== numbering;
			switch (owners.standingAt(known, isMoved)) {
				case "unseen":
					this.#known.delete(known.key);
					this.#news.push({ key: known.key });
					break;
				case "leads":
					if (known.state === "leads") break;
					this.#tell({ ...known, state: "leads", at: seen });
					break;
				default:
					break;
			}
		}
	}

	/** agree() with the current content, and note(). @returns as agree() */
	share(
		owners: AddressOwners,
		{ numbering, isFirst }: Pick<Occasion, "numbering" | "isFirst">,
	): boolean {
		const seen = steadyNow();
		const occasion = { numbering, seen, isFirst, isOfNewContent: true };
		const hasChanged = this.agree(owners, occasion);
		// Rows that are doubted at the first read are told once the others have been asked.
		if (isFirst !== true || !owners.hasDoubts) this.note(owners, occasion);
		return hasChanged;
	}

	takeNews(): readonly OwnerNews[] {
		const news = this.#news;
		this.#news = [];
		return news;
	}

	#tell(fact: ToldFact): void {
		this.#know(fact);
		this.#news.push({ key: fact.key, fact });
	}

	#know(fact: ToldFact): void {
		this.#known.delete(fact.key);
		this.#known.set(fact.key, fact);
		if (this.#known.size <= MOST) return;
		const [oldest] = this.#known.keys();
		if (oldest !== undefined) this.#known.delete(oldest);
	}
}

export interface Occasion {
	/** Content.numbering of the map; "" for JSON. */
	readonly numbering: string;
	readonly seen: number;
	readonly isFirst?: boolean | undefined;
	/** Whether the content was read after all pending facts were told. */
	readonly isOfNewContent?: boolean;
}

function isSameRow(a: ToldFact, b: ToldFact): boolean {
	return (
		a.address === b.address &&
		a.rowid === b.rowid &&
		a.numbering === b.numbering
	);
}

/** Whether `known`, of the same row, is a later word. */
function isOlder(fact: ToldFact, known: ToldFact): boolean {
	return (
		isSameRow(fact, known) && fact.state !== known.state && fact.at < known.at
	);
}

function isNews(fact: ToldFact, known: ToldFact | undefined): boolean {
	return (
		known === undefined ||
		!isSameRow(fact, known) ||
		fact.state !== known.state ||
		fact.owner !== known.owner ||
		fact.order !== known.order
	);
}
