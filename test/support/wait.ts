/** Milliseconds that any wait of a test may take, on a machine with other work too, before it fails with what was there so far. */
export const GUARD_MS = 20_000;

/** Rejects after GUARD_MS with `what` and the text of `soFar`. */
export async function within<T>(
	what: string,
	promise: Promise<T>,
	soFar: () => string,
): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const guard = new Promise<never>((_, reject) => {
		timer = setTimeout(
			() =>
				reject(new Error(`${GUARD_MS} ms without ${what}; so far: ${soFar()}`)),
			GUARD_MS,
		);
	});
	return await Promise.race([promise, guard]).finally(() =>
		clearTimeout(timer),
	);
}

/** Something that changes, and questions that wait for a change that answers them. */
export class Changes {
	#looks = new Set<() => void>();

	/** Every change is told here. */
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
