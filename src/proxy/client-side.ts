import type { Peer } from "../routing/container-request.js";
import type { Active } from "./pool.js";

/** What takes a client's bytes once its connection is a tunnel. */
export interface ClientTunnel extends Active {
	onWithdrawn(reason: string): void;
	onClientBytes(bytes: Buffer): void;
	onClientDrain(): void;
	/** The client will send no more. */
	onClientEnd(): void;
	/** The connection is gone. */
	onClientGone(): void;
}

/** A client's connection as the exchange on it sees it. It stays the owner of its socket throughout. */
export interface ClientSide {
	readonly peer: Peer;
	/** Whether bytes written before are still waiting: the buffer they are in must not be written to. */
	readonly isBehind: boolean;
	/** Whether it has taken all it holds: nothing more until onClientDrain. */
	readonly isFull: boolean;
	/** @returns whether the session may have one more client's connection, which this one is from now on */
	carryFor(sessionKey: string): boolean;
	/** @returns false where the client has not taken what was written before: wait for onClientDrain */
	write(data: string | Buffer): boolean;
	/** What was read last is not written out yet: it must not be read over. */
	keepRead(): void;
	/** All of it is written out. */
	releaseRead(): void;
	cork(): void;
	uncork(): void;
	pause(): void;
	resume(): void;
	/** Sends our FIN behind what was written; a tunnel's half-close. */
	end(): void;
	/** The exchange is over: the next request may come, or the connection ends in good order. now: performance.now(). */
	finish(persistent: boolean, now?: number): void;
	/** Ends the connection at once; reset: so that the client cannot take what it has for the whole. */
	abort(reset: boolean): void;
	keepAliveEvery(milliseconds: number): void;
	/** From now on every byte belongs to the tunnel. */
	becomeTunnel(tunnel: ClientTunnel): void;
}
