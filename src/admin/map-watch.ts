import type { Find, Route } from "../route.js";

/** Milliseconds for which the last good answers are good enough; then the daemon says that it is not ready. */
const UNREADABLE_MS = 30_000;

/** What became of the session map since the start. */
export class MapWatch {
	readable = false;
	everRead = false;
	/** Changes that were read, after the first reading. */
	changes = 0;
	/** Seconds of Unix time: when the content in use was first read; 0 before. */
	changedAt = 0;
	/** Look-ups by what they found. */
	readonly lookups: Record<Route["kind"], number> = {
		target: 0,
		"not-ready": 0,
		ended: 0,
		contested: 0,
		unknown: 0,
		unreadable: 0,
	};
	#since = performance.now();

	/** The map became readable or unreadable. */
	entered(readable: boolean): void {
		this.readable = readable;
		this.#since = performance.now();
		if (!readable || this.everRead) return;
		this.everRead = true;
		this.changedAt = Date.now() / 1000;
	}

	changed(): void {
		this.changes++;
		this.changedAt = Date.now() / 1000;
	}

	/** Seconds for which the map has been unreadable; 0 while it is readable. */
	get unreadableSeconds(): number {
		return this.readable ? 0 : (performance.now() - this.#since) / 1000;
	}

	/** The same look-up, counted. */
	counting(find: Find): Find {
		const { lookups } = this;
		const count = (route: Route): Route => {
			lookups[route.kind]++;
			return route;
		};
		return (key, sincePoll) => {
			const route = find(key, sincePoll);
			return route instanceof Promise ? route.then(count) : count(route);
		};
	}

	/** Why requests must not be sent here, or null. reason: what is wrong with the map now. */
	notReady(reason: string): string | null {
		const seconds = Math.floor(this.unreadableSeconds);
		if (!this.everRead) return `no session map was read yet: ${reason}`;
		if (seconds * 1000 < UNREADABLE_MS) return null;
		return `the session map has been unreadable for ${seconds} s: ${reason}`;
	}
}
