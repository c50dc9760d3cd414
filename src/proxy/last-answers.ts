import type { Target } from "../route.js";

/** A session's target, and when it answered that session last. */
export interface KnownTarget extends Target {
	/** In milliseconds of performance.now(); 0 where it never has. Written by who sees its answers. */
	answeredAt: number;
}

/** Sessions that are remembered: more than a Galaxy has in a day, and some hundred bytes for each. */
const REMEMBERED = 10_000;

/** Remembers longer than connections live: a user comes back to a tab after hours and asks what has become of it. */
export class LastAnswers {
	private readonly bySession = new Map<string, KnownTarget>();

	/** The session is gone: what comes back under its key is another container. */
	forget(sessionKey: string): void {
		this.bySession.delete(sessionKey);
	}

	/** The session's own; what was remembered of another target is forgotten. */
	of(sessionKey: string, { host, port }: Target): KnownTarget {
		const known = this.bySession.get(sessionKey);
		const same = known?.host === host && known.port === port;
		const target = same ? known : { host, port, answeredAt: 0 };
		// At the end again: the one that nobody came back to for the longest time makes way.
		this.bySession.delete(sessionKey);
		this.bySession.set(sessionKey, target);
		if (this.bySession.size > REMEMBERED) {
			const [oldest] = this.bySession.keys();
			if (oldest !== undefined) this.bySession.delete(oldest);
		}
		return target;
	}
}
