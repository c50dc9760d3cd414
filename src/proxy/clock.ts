// Imported where each request asks for the time: the global of this name is a getter.
import { performance } from "node:perf_hooks";

/** Something that ends when its time comes. */
export interface Timed {
	/** In milliseconds of performance.now(); Infinity while nothing is due. */
	deadline: number;
	expire(): void;
	/** expire() threw. */
	fault(error: unknown): void;
}

const TICK_MS = 200;
/** A tick that comes this late was no busy loop: the process or machine was stopped, and nobody had their time. */
const STOPPED_MS = 1_000;

/** One timer for all deadlines: they are looked through a few times a second, and come true at most a tick late. */
export class Clock {
	private readonly timed = new Set<Timed>();
	private readonly timer = setInterval(() => this.tick(), TICK_MS);
	/** performance.now() of a short while ago, where a fifth of a second more or less does not matter. */
	lastTick = performance.now();

	constructor() {
		this.timer.unref();
	}

	add(timed: Timed): void {
		this.timed.add(timed);
	}

	delete(timed: Timed): void {
		this.timed.delete(timed);
	}

	stop(): void {
		clearInterval(this.timer);
	}

	private tick(): void {
		const now = performance.now();
		const late = now - this.lastTick - TICK_MS;
		this.lastTick = now;
		if (late > STOPPED_MS)
			for (const timed of this.timed) timed.deadline += late;
		for (const timed of this.timed) {
			if (timed.deadline > now) continue;
			timed.deadline = Number.POSITIVE_INFINITY;
			try {
				timed.expire();
			} catch (error) {
				timed.fault(error);
			}
		}
	}
}

/** The deadline that is so many milliseconds from now; 0 is never. */
export function after(milliseconds: number, now = performance.now()): number {
	return milliseconds === 0 ? Number.POSITIVE_INFINITY : now + milliseconds;
}
