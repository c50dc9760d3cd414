/** What a check found. `unchecked` is no verdict: it could not be looked at, and the remedy says what it would take. */
export type Verdict = "good" | "doubtful" | "wrong" | "unchecked";

export interface Finding {
	/** Of the check; docs/troubleshoot.md lists them. */
	readonly name: string;
	readonly verdict: Verdict;
	/** What there is, in one sentence, without a cookie's value. */
	readonly what: string;
	/** What to do; empty where all is good. */
	readonly remedy: string;
}

/** What a check says before its name is put to it. */
export type Found = Omit<Finding, "name">;

export function good(what: string): Found {
	return { verdict: "good", what, remedy: "" };
}

export function doubtful(what: string, remedy: string): Found {
	return { verdict: "doubtful", what, remedy };
}

export function wrong(what: string, remedy: string): Found {
	return { verdict: "wrong", what, remedy };
}

export function unchecked(what: string, remedy: string): Found {
	return { verdict: "unchecked", what, remedy };
}

/** The time is up, or the admin has interrupted: what is asked of others ends with it. */
export class Interrupted extends Error {}

/** Collects findings; a check that throws or takes too long is a finding as well, and the others go on. */
export class Findings {
	readonly list: Finding[] = [];

	/** @param signal aborted with an Interrupted */
	constructor(readonly signal: AbortSignal) {}

	get hasWrong(): boolean {
		return this.list.some(({ verdict }) => verdict === "wrong");
	}

	add(name: string, found: Found): void {
		this.list.push({ name, ...found });
	}

	/** Runs one check and keeps what it found, none or several. */
	async check(
		name: string,
		look: () => Promise<Found | readonly Found[]> | Found | readonly Found[],
	): Promise<readonly Found[]> {
		const found = await this.#look(look);
		for (const each of found) this.add(name, each);
		return found;
	}

	async #look(
		look: () => Promise<Found | readonly Found[]> | Found | readonly Found[],
	): Promise<readonly Found[]> {
		try {
			this.signal.throwIfAborted();
			return [await this.#unlessAborted(look)].flat();
		} catch (error) {
			if (this.signal.aborted)
				return [
					unchecked(`not looked at: ${messageOf(this.signal.reason)}`, AGAIN),
				];
			return [
				doubtful(
					`this check itself failed: ${messageOf(error)}`,
					"Look at it by hand; the other checks went on.",
				),
			];
		}
	}

	async #unlessAborted<T>(look: () => Promise<T> | T): Promise<T> {
		let stop = (): void => {};
		const aborted = new Promise<never>((_, reject) => {
			stop = () => reject(this.signal.reason);
			this.signal.addEventListener("abort", stop, { once: true });
		});
		try {
			return await Promise.race([look(), aborted]);
		} finally {
			this.signal.removeEventListener("abort", stop);
		}
	}
}

const AGAIN = "Mend what stands above and run doctor again.";

export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** The system's code of an error (ECONNREFUSED), or empty. */
export function codeOf(error: unknown): string {
	return error instanceof Error && "code" in error ? String(error.code) : "";
}
