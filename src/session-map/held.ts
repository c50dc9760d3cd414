import type { Route } from "../route.js";

/** A find that cannot be answered yet. */
export interface Waiter {
	readonly key: string;
	/** Milliseconds of process time. */
	readonly since: number;
	readonly settle: (route: Route) => void;
}

/** Milliseconds; as long as Galaxy's page and nginx wait without a sign, several times over. */
const HOLD_MS = 1000;
/** Milliseconds while the map is being read whole, which takes some seconds for a million rows. */
const PREPARING_MS = 30_000;

/** The finds that wait for a read, in the order in which they came; one timer for all of them. */
export class Held {
	readonly #lastAnswer: (key: string) => Route;
	readonly #isPreparing: () => boolean;
	readonly #waiters = new Set<Waiter>();
	#timer: NodeJS.Timeout | undefined;

	/**
	 * @param lastAnswer what a find is answered that has waited long enough
	 * @param isPreparing whether it is worth waiting for longer
	 */
	constructor(lastAnswer: (key: string) => Route, isPreparing: () => boolean) {
		this.#lastAnswer = lastAnswer;
		this.#isPreparing = isPreparing;
	}

	get size(): number {
		return this.#waiters.size;
	}

	hold(key: string): Promise<Route> {
		return new Promise((settle) => {
			this.#waiters.add({ key, since: performance.now(), settle });
			this.#timer ??= setTimeout(this.#expire, HOLD_MS);
		});
	}

	/** The `count` that wait longest. */
	first(count: number): Waiter[] {
		const first: Waiter[] = [];
		for (const waiter of this.#waiters) {
			if (first.length === count) break;
			first.push(waiter);
		}
		return first;
	}

	settle(waiter: Waiter, route: Route): void {
		this.#waiters.delete(waiter);
		waiter.settle(route);
	}

	settleAll(): void {
		clearTimeout(this.#timer);
		for (const waiter of this.#waiters)
			this.settle(waiter, this.#lastAnswer(waiter.key));
	}

	readonly #expire = (): void => {
		this.#timer = undefined;
		const patience = this.#isPreparing() ? PREPARING_MS : HOLD_MS;
		for (const waiter of this.#waiters) {
			const waited = performance.now() - waiter.since;
			const left = Math.min(patience - waited, HOLD_MS);
			if (left > 0) {
				this.#timer = setTimeout(this.#expire, left);
				return;
			}
			this.settle(waiter, this.#lastAnswer(waiter.key));
		}
	};
}
