/**
 * Milliseconds that any wait of a test may take, on a machine with other work too, before it fails with what was there so
 * far. It tells what is at once from what waits for the proxy's longer limits, of half a minute and more.
 */
export const GUARD_MS = 20_000;

/** They are counted in ticks of this process: a machine that stops it, or gives it no time, uses up one of them. */
export const TICK_MS = 250;

/** Rejects after GUARD_MS with `what` and the text of `soFar`. */
export async function within<T>(
	what: string,
	promise: Promise<T>,
	soFar: () => string,
): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const guard = new Promise<never>((_, reject) => {
		let left = GUARD_MS / TICK_MS;
		timer = setInterval(() => {
			if (--left > 0) return;
			reject(new Error(`${GUARD_MS} ms without ${what}; so far: ${soFar()}`));
		}, TICK_MS);
	});
	return await Promise.race([promise, guard]).finally(() =>
		clearInterval(timer),
	);
}

/** Something that changes, and questions that wait for a change that answers them. */
export class Changes {
	#looks = new Set<() => void>();

	/** Called at every change. */
	notify(): void {
		for (const look of [...this.#looks]) look();
	}

	/** Asks `answer` now and at each change until it is defined; what it throws rejects. Guarded by GUARD_MS. */
	async wait<T>(
		what: string,
		answer: () => T | undefined,
		soFar: () => string,
	): Promise<T> {
		let look = (): void => {};
		const found = new Promise<T>((resolve, reject) => {
			look = () => {
				try {
					const value = answer();
					if (value !== undefined) resolve(value);
				} catch (error) {
					reject(error);
				}
			};
		});
		this.#looks.add(look);
		look();
		return await within(what, found, soFar).finally(() =>
			this.#looks.delete(look),
		);
	}
}
