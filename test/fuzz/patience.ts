/** Milliseconds of a tick, and the ticks after which what is due counts as missing. */
const TICK_MS = 100;
const TICKS = 25;

interface Waiting {
	left: number;
	readonly late: () => void;
}

/**
 * Tells who waited too long. It counts ticks of this process, not the clock: a machine that stops the process, or is
 * busy, makes nobody late.
 */
export class Patience {
	private readonly waiting = new Set<Waiting>();
	private readonly timer = setInterval(() => this.tick(), TICK_MS);

	/** ticks: of a tenth of a second each. */
	constructor(private readonly ticks = TICKS) {}

	/** Calls `late` unless the returned function is called before. */
	wait(late: () => void): () => void {
		const one = { left: this.ticks, late };
		this.waiting.add(one);
		return () => this.waiting.delete(one);
	}

	stop(): void {
		clearInterval(this.timer);
	}

	private tick(): void {
		for (const one of this.waiting) {
			if (--one.left > 0) continue;
			this.waiting.delete(one);
			one.late();
		}
	}
}
