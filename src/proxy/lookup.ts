import { type LookupAddress, lookup } from "node:dns";
import { isIP } from "node:net";
import {
	LOOKUP_KEPT_MS,
	LOOKUP_STALE_MS,
	LOOKUPS_AT_A_TIME,
} from "../limits.js";

type Done = (error: Error | null, addresses: readonly string[]) => void;

interface Waiting {
	readonly host: string;
	readonly callbacks: Done[];
}

/** RFC 6761 6.3: whatever the name servers say, or if they say nothing. */
const LOCALHOST: readonly string[] = ["127.0.0.1", "::1"];

/**
 * Turns host names into addresses by the system's resolver: equal look-ups in flight are one, answers are kept a second,
 * and used for longer while the resolver is busy with names that it gets no answer for.
 */
export class Lookup {
	private readonly kept = new Map<
		string,
		{ addresses: string[]; until: number }
	>();
	private readonly waiting = new Map<string, Waiting>();
	private readonly queue: Waiting[] = [];
	private inFlight = 0;

	/** Calls back with at least one address, in the resolver's order, or with its error. At once for an address. */
	find(host: string, done: Done): void {
		if (isIP(host) !== 0) {
			done(null, [host]);
			return;
		}
		if (host.toLowerCase() === "localhost") {
			done(null, LOCALHOST);
			return;
		}
		const now = performance.now();
		const kept = this.kept.get(host) ?? {
			addresses: [],
			until: Number.NEGATIVE_INFINITY,
		};
		if (kept.until > now) {
			done(null, kept.addresses);
			return;
		}
		const isBusy = this.inFlight === LOOKUPS_AT_A_TIME;
		const isStale = isBusy && kept.until + LOOKUP_STALE_MS > now;
		if (isStale) done(null, kept.addresses);
		this.ask(host, isStale ? [] : [done]);
	}

	private ask(host: string, callbacks: Done[]): void {
		const waiting = this.waiting.get(host);
		if (waiting !== undefined) {
			waiting.callbacks.push(...callbacks);
			return;
		}
		const asked = { host, callbacks };
		this.waiting.set(host, asked);
		this.queue.push(asked);
		this.next();
	}

	private next(): void {
		if (this.inFlight === LOOKUPS_AT_A_TIME) return;
		const asked = this.queue.shift();
		if (asked === undefined) return;
		this.inFlight++;
		lookup(asked.host, { all: true, verbatim: true }, (error, found) =>
			this.finish(asked, error, found),
		);
	}

	private finish(
		asked: Waiting,
		error: Error | null,
		found: LookupAddress[] | undefined,
	): void {
		this.inFlight--;
		this.waiting.delete(asked.host);
		const addresses = (found ?? []).map(({ address }) => address);
		if (error === null) this.keep(asked.host, addresses);
		this.next();
		for (const done of asked.callbacks) done(error, addresses);
	}

	/** Names come from the session map, so there are few; the old ones go whenever a new one comes. */
	private keep(host: string, addresses: string[]): void {
		const now = performance.now();
		for (const [name, { until }] of this.kept) {
			if (until <= now - LOOKUP_STALE_MS) this.kept.delete(name);
		}
		this.kept.set(host, { addresses, until: now + LOOKUP_KEPT_MS });
	}
}
