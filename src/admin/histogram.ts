/**
 * How many values were at most each bound, in plain numbers: every request is counted here, and prom-client's histograms
 * cost some microseconds a value.
 */
export class Histogram {
	/** Values by the lowest bound that they are not above; the last are above all of them. Only ever grows. */
	readonly counts: Float64Array;
	sum = 0;

	/** Bounds ascend. */
	constructor(readonly bounds: readonly number[]) {
		this.counts = new Float64Array(bounds.length + 1);
	}

	observe(value: number): void {
		const { bounds, counts } = this;
		let at = 0;
		while (at < bounds.length && value > (bounds[at] as number)) at++;
		counts[at] = (counts[at] as number) + 1;
		this.sum += value;
	}
}

/**
 * Below which value this share (0 to 1) of the counted values is, evenly spread between two bounds as PromQL's
 * histogram_quantile has it; the highest bound for what is above it, and null where nothing was counted.
 */
export function quantile(
	share: number,
	bounds: readonly number[],
	counts: Float64Array,
): number | null {
	const total = counts.reduce((sum, count) => sum + count, 0);
	if (total === 0) return null;
	const rank = share * total;
	let below = 0;
	for (const [at, bound] of bounds.entries()) {
		const count = counts[at] as number;
		if (below + count >= rank && count > 0) {
			const floor = at === 0 ? 0 : (bounds[at - 1] as number);
			return floor + (bound - floor) * ((rank - below) / count);
		}
		below += count;
	}
	return bounds.at(-1) ?? null;
}
