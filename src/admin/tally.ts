import type { ExchangeRecord } from "../exchange-record.js";

/** Letters of a termination, as in exchange.ts. */
const WHO = "-CScsPKI";
const WHEN = "-RCHDT";
/** Of nearly all: what is done for others is not done for it. */
const COMPLETED = "--";
/** Hundreds of the status; "none": the client was answered nothing. */
const CLASSES = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** Seconds. From a small answer of a container beside us to a large transfer. */
const REQUEST_BOUNDS = [
	0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30,
	60, 300,
];
/** Seconds. The longest is far above the default of --connect-timeout. */
const CONNECT_BOUNDS = [
	0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30,
];

/** Shown from the start: a rate cannot tell a first one from a series that is new. */
const USUAL = ["2xx --", "3xx --", "4xx PR", "5xx PR", "5xx SC", "5xx SH"];

/** One kind of end, and how often it came. */
export interface Ends {
	readonly class: string;
	readonly termination: string;
	readonly count: number;
}

/** Counts finished exchanges. Each costs some additions: what they are shown as is made when somebody looks. */
export class Tally {
	requests = 0;
	/** Answered 5xx, by the container or by us, or ended by it or by a defect. */
	faults = 0;
	/** Answered 4xx. */
	refused = 0;
	tunnels = 0;
	bytesFromClient = 0;
	bytesToClient = 0;
	/** Seconds; of all but tunnels, whose life is no waiting. */
	readonly requestTimes = new Histogram(REQUEST_BOUNDS);
	/** Seconds; of new connections alone. */
	readonly connectTimes = new Histogram(CONNECT_BOUNDS);
	readonly #ends = new Float64Array(CLASSES.length * WHO.length * WHEN.length);

	observe(exchange: ExchangeRecord): void {
		const { status, termination, connectMs } = exchange;
		const at = classOf(status) * WHO.length * WHEN.length + endOf(termination);
		this.#ends[at] = (this.#ends[at] as number) + 1;
		this.requests++;
		if (status >= 500 || (termination !== COMPLETED && isTheirs(termination)))
			this.faults++;
		else if (status >= 400) this.refused++;
		this.bytesFromClient += exchange.bytesFromClient;
		this.bytesToClient += exchange.bytesToClient;
		if (connectMs >= 0) this.connectTimes.observe(connectMs / 1000);
		if (status === 101) this.tunnels++;
		else
			this.requestTimes.observe((exchange.endedAt - exchange.startedAt) / 1000);
	}

	/** The usual kinds, and others that have come at all. */
	ends(): Ends[] {
		const found: Ends[] = [];
		for (const [at, count] of this.#ends.entries()) {
			const when = WHEN[at % WHEN.length];
			const who = WHO[Math.floor(at / WHEN.length) % WHO.length];
			const name = CLASSES[Math.floor(at / (WHEN.length * WHO.length))];
			const termination = `${who}${when}`;
			if (count > 0 || USUAL.includes(`${name} ${termination}`))
				found.push({ class: name ?? "", termination, count });
		}
		return found;
	}
}

/** Whether the container, its time or a defect of ours ended the exchange. */
function isTheirs(termination: string): boolean {
	const who = termination[0];
	return who === "S" || who === "s" || who === "I";
}

function classOf(status: number): number {
	return Math.min((status / 100) | 0, CLASSES.length - 1);
}

/** A letter that is not listed counts as "-". */
function endOf(termination: string): number {
	if (termination === COMPLETED) return 0;
	const who = Math.max(0, WHO.indexOf(termination[0] ?? "-"));
	const when = Math.max(0, WHEN.indexOf(termination[1] ?? "-"));
	return who * WHEN.length + when;
}

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
