import type { Peer } from "../routing/container-request.js";

/** How many clients had no place because somebody had more than a fair share. */
export interface ShareRefusals {
	readonly sessions: number;
	readonly addresses: number;
}

/**
 * Shares the places for clients: one session holds half of them at most, one peer a quarter while its connections have
 * no session. Trusted peers are front proxies, through which everybody comes: they have no share, and a session holds
 * their connections only while they carry its requests.
 */
export class FairShares {
	readonly #ofSession: number;
	readonly #ofAddress: number;
	readonly #bySession = new Map<string, number>();
	readonly #byAddress = new Map<string, number>();
	#sessions = 0;
	#addresses = 0;

	constructor(maxClients: number) {
		this.#ofSession = Math.max(1, Math.floor(maxClients / 2));
		this.#ofAddress = Math.max(1, Math.floor(maxClients / 4));
	}

	get refusals(): ShareRefusals {
		return { sessions: this.#sessions, addresses: this.#addresses };
	}

	/** @returns whether the peer may have one more connection without a session; then leaveAddress() must follow */
	enterAddress({ address, trusted }: Peer): boolean {
		if (trusted) return true;
		if (enter(this.#byAddress, address, this.#ofAddress)) return true;
		this.#addresses++;
		return false;
	}

	leaveAddress({ address, trusted }: Peer): void {
		if (!trusted) leave(this.#byAddress, address);
	}

	/** @returns whether the session may have one more connection; then leaveSession() must follow */
	enterSession(sessionKey: string): boolean {
		if (enter(this.#bySession, sessionKey, this.#ofSession)) return true;
		this.#sessions++;
		return false;
	}

	leaveSession(sessionKey: string): void {
		leave(this.#bySession, sessionKey);
	}
}

function enter(counts: Map<string, number>, name: string, most: number) {
	const count = counts.get(name) ?? 0;
	if (count >= most) return false;
	counts.set(name, count + 1);
	return true;
}

function leave(counts: Map<string, number>, name: string): void {
	const count = counts.get(name) ?? 0;
	if (count > 1) counts.set(name, count - 1);
	else counts.delete(name);
}

/** Whose share one client's connection is of. It begins with its peer's, and leaves with leave(). */
export class SharePlace {
	/** Empty: the peer's. */
	#sessionKey = "";
	#hasLeft = false;

	constructor(
		readonly shares: FairShares,
		readonly peer: Peer,
	) {}

	/** @returns whether the connection may carry this session's request */
	moveTo(sessionKey: string): boolean {
		if (sessionKey === this.#sessionKey) return true;
		if (!this.shares.enterSession(sessionKey)) return false;
		this.#leaveShare();
		this.#sessionKey = sessionKey;
		return true;
	}

	/** A request is over: a front proxy's connection is nobody's until the next one. */
	release(): void {
		if (!this.peer.trusted || this.#sessionKey === "") return;
		this.shares.leaveSession(this.#sessionKey);
		this.#sessionKey = "";
	}

	/** The connection is gone. */
	leave(): void {
		if (this.#hasLeft) return;
		this.#hasLeft = true;
		this.#leaveShare();
	}

	#leaveShare(): void {
		if (this.#sessionKey === "") this.shares.leaveAddress(this.peer);
		else this.shares.leaveSession(this.#sessionKey);
	}
}
