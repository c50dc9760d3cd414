import type { FaultCode } from "../faults.js";

/** Tools and their users that are remembered, at some hundred bytes each. */
const REMEMBERED = 10_000;
/** Users of one tool that are remembered: somebody who tries many cookies pushes out nobody else's users. */
const OF_ONE_TOOL = 100;

/** The knowledge about one user and one tool. Times are in milliseconds of performance.now(). */
export class ToolUser {
	/** Galaxy's last word: undefined before the first, "admitted", or why it refuses. */
	verdict: "admitted" | FaultCode | undefined;
	/** When that was. */
	knownAt = 0;
	/** When Galaxy last admitted the user; undefined: never. */
	admittedAt: number | undefined;
	/** When Galaxy first said that the tool is not active, if it still is not. */
	inactiveSince: number | undefined;
	/** When the last question failed, if no answer came since. */
	failedAt: number | undefined;
	/** The unanswered question. */
	pending: Promise<"admitted" | FaultCode> | undefined;
}

/** The users of all tools, the oldest of which are forgotten. */
export class ToolUsers {
	/** By session key, then by the hash of the cookies. */
	readonly #byTool = new Map<string, Map<string, ToolUser>>();
	#size = 0;

	/** Creates the user if there is none, and makes its tool the youngest. */
	of(sessionKey: string, hash: string): ToolUser {
		const users = this.#byTool.get(sessionKey) ?? new Map<string, ToolUser>();
		this.#byTool.delete(sessionKey);
		this.#byTool.set(sessionKey, users);
		const known = users.get(hash);
		if (known !== undefined) return known;
		if (users.size >= OF_ONE_TOOL) this.#forgetOne(users);
		const user = new ToolUser();
		users.set(hash, user);
		this.#size++;
		if (this.#size > REMEMBERED) this.#forgetOldest();
		return user;
	}

	/** @returns undefined if the user is not remembered */
	find(sessionKey: string, hash: string): ToolUser | undefined {
		return this.#byTool.get(sessionKey)?.get(hash);
	}

	/** @returns the hashes of its users' cookies */
	forget(sessionKey: string): readonly string[] {
		const users = this.#byTool.get(sessionKey);
		if (users === undefined) return [];
		this.#size -= users.size;
		this.#byTool.delete(sessionKey);
		return [...users.keys()];
	}

	forgetUser(sessionKey: string, hash: string): void {
		const users = this.#byTool.get(sessionKey);
		if (users?.delete(hash) !== true) return;
		this.#size--;
		if (users.size === 0) this.#byTool.delete(sessionKey);
	}

	/** The oldest that was never admitted, or the oldest. */
	#forgetOne(users: Map<string, ToolUser>): void {
		let [victim] = users.keys();
		for (const [hash, { admittedAt }] of users)
			if (admittedAt === undefined) {
				victim = hash;
				break;
			}
		if (victim !== undefined && users.delete(victim)) this.#size--;
	}

	#forgetOldest(): void {
		const [oldest] = this.#byTool;
		if (oldest === undefined) return;
		const [sessionKey, users] = oldest;
		this.#forgetOne(users);
		if (users.size === 0) this.#byTool.delete(sessionKey);
	}
}
