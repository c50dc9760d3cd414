import type { Socket } from "node:net";
import { ATTEMPT_DELAY_MS } from "../limits.js";
import type { Lookup } from "./target-address.js";
import { UpstreamError } from "./upstream-error.js";

/** The target is one of our own listeners. */
export const OWN_LISTENER = new UpstreamError(
	"ownListener",
	"the target is this proxy itself",
);

/** Gets the result of a race. */
export interface RaceOwner {
	/** Opens a socket, which the race owns. @returns undefined if the address is the proxy's own */
	dial(address: string): Socket | undefined;
	/** The race is over, and its owner owns the connected socket. */
	onWon(socket: Socket): void;
	/** The race is over: every attempt has failed. */
	onAllFailed(error: UpstreamError): void;
	onDefect(error: unknown): void;
}

/** A name with several addresses. */
interface Name {
	readonly host: string;
	readonly addresses: readonly string[];
}

/**
 * Connects to one of several addresses of a name, as in RFC 8305, 5: attempts begin one after the other, at once after a
 * failure, else after a delay. The first that connects wins, and the other sockets are destroyed. The caller limits the
 * time and must call stop() at the end of it.
 */
export class ConnectRace {
	readonly #owner: RaceOwner;
	readonly #name: Name;
	readonly #lookup: Lookup;
	/** The number of addresses that have been tried. */
	#tried = 0;
	readonly #delayMs: number;
	readonly #sockets = new Set<Socket>();
	#timer: NodeJS.Timeout | undefined = undefined;
	/** Of the last failed attempt, unless an address is our own, which explains more. */
	#error: UpstreamError | undefined = undefined;

	/** @param timeLeftMs every address is tried within this time */
	constructor(
		owner: RaceOwner,
		name: Name,
		lookup: Lookup,
		timeLeftMs: number,
	) {
		this.#owner = owner;
		this.#name = name;
		this.#lookup = lookup;
		const share = timeLeftMs / name.addresses.length;
		this.#delayMs = Math.min(ATTEMPT_DELAY_MS, share);
	}

	/** Begins the next attempt. After the last one it waits for the result of any. */
	next(): void {
		clearTimeout(this.#timer);
		const address = this.#name.addresses[this.#tried++];
		if (address !== undefined) this.#try(address);
		else if (this.#sockets.size === 0 && this.#error !== undefined)
			this.#owner.onAllFailed(this.#error);
	}

	stop(): void {
		clearTimeout(this.#timer);
		for (const socket of this.#sockets) socket.destroy();
		this.#sockets.clear();
	}

	#try(address: string): void {
		const socket = this.#owner.dial(address);
		if (socket === undefined) {
			this.#error = OWN_LISTENER;
			this.next();
			return;
		}
		this.#sockets.add(socket);
		this.#timer = setTimeout(
			() => this.#guard(() => this.next()),
			this.#delayMs,
		);
		const onConnect = () => {
			this.#sockets.delete(socket);
			this.stop();
			this.#lookup.prefer(this.#name.host, address);
			this.#guard(() => this.#owner.onWon(socket));
			socket.off("error", onError);
		};
		const onError = (error: NodeJS.ErrnoException) => {
			// One that was destroyed because another has won.
			if (!this.#sockets.delete(socket)) return;
			if (this.#error !== OWN_LISTENER)
				this.#error = new UpstreamError(
					"unreachable",
					error.message,
					error.code,
				);
			this.#guard(() => {
				this.#lookup.forget(this.#name.host, address);
				this.next();
			});
		};
		socket.once("connect", onConnect).on("error", onError);
	}

	#guard(step: () => void): void {
		try {
			step();
		} catch (error) {
			this.#owner.onDefect(error);
		}
	}
}
