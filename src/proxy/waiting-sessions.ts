/** Sessions that are remembered: far more than ever wait for a launch at one time. */
const REMEMBERED = 1_000;

interface Waiting {
	/** As in route.ts. */
	readonly launch: string;
	/** Milliseconds of performance.now(). */
	readonly since: number;
}

/** The sessions whose rows are not ready, and since when each has been asking. */
export class WaitingSessions {
	private readonly bySession = new Map<string, Waiting>();

	/** When this session first asked for this launch: now, where it has not before. Milliseconds of performance.now(). */
	since(sessionKey: string, launch: string): number {
		const known = this.bySession.get(sessionKey);
		if (known?.launch === launch) return known.since;
		const now = performance.now();
		this.bySession.delete(sessionKey);
		this.bySession.set(sessionKey, { launch, since: now });
		if (this.bySession.size > REMEMBERED) {
			const [oldest] = this.bySession.keys();
			if (oldest !== undefined) this.bySession.delete(oldest);
		}
		return now;
	}

	/** The session waits no more. */
	end(sessionKey: string): void {
		if (this.bySession.size > 0) this.bySession.delete(sessionKey);
	}
}
