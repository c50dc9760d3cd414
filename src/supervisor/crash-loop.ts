/** So many deaths within so many milliseconds end the supervisor, and its service manager takes over. */
export const DEATHS = 3;
export const DEATHS_MS = 10_000;

/** Counts the deaths of workers. */
export class CrashLoop {
	readonly #deaths: number[] = [];

	/** @returns whether there were too many within a short time */
	died(): boolean {
		const now = performance.now();
		this.#deaths.push(now);
		if (this.#deaths.length > DEATHS) this.#deaths.shift();
		const [first = now] = this.#deaths;
		return this.#deaths.length === DEATHS && now - first <= DEATHS_MS;
	}
}
