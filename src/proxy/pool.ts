import type { SessionLoad } from "../exchange-record.js";
import type { FaultCode } from "../faults.js";
import {
	CLOSED_CONNECTIONS,
	CLOSED_WINDOW_MS,
	UPSTREAM_FIN_MS,
	UPSTREAM_IDLE_MS,
	UPSTREAM_RECENT_MS,
} from "../limits.js";
import { authorityOf, type Target } from "../route.js";
import type { Context } from "./context.js";
import type { KnownTarget } from "./last-answers.js";
import { after, type Timed } from "./socket.js";
import { Upstream, type UpstreamUser } from "./upstream.js";

/** What a request needs of its connection. */
export interface Need {
	/** Nothing has been sent on it: upgrades, and the second try after a pooled connection died. */
	readonly fresh: boolean;
	/** The request may be sent twice: a connection that dies under it costs nothing. */
	readonly repeatable: boolean;
}

/**
 * The connections to one session's container. Never shared with another session, even at the same target: Docker gives
 * a port that was free to the next container.
 */
export class Pool implements Timed {
	deadline = after(CLOSED_WINDOW_MS);
	/** Of its target, "host:port". */
	readonly authority: string;
	private readonly idle: Upstream[] = [];
	private readonly closedAt: number[] = [];
	private lastLeft = 0;
	private retired = false;

	constructor(
		private readonly context: Context,
		/** Outlives the pool. */
		readonly target: KnownTarget,
		/** The session's exchanges, those that an earlier pool of its began too. */
		readonly active: ActiveList,
		private readonly onUnused: (pool: Pool) => void,
	) {
		this.authority = authorityOf(target);
		context.clock.add(this);
	}

	/** Whether new requests for this target may use it. */
	serves(target: Target): boolean {
		return !this.retired && this.leads(target);
	}

	leads({ host, port }: Target): boolean {
		return host === this.target.host && port === this.target.port;
	}

	get idleConnections(): number {
		return this.idle.length;
	}

	/** What the session has under way. */
	load(sessionKey: string): SessionLoad {
		let tunnels = 0;
		let bytesFromClient = 0;
		let bytesToClient = 0;
		for (const active of this.active) {
			if (active.isTunnel) tunnels++;
			bytesFromClient += active.bytesFromClient;
			bytesToClient += active.bytesToClient;
		}
		const requests = this.active.size - tunnels;
		return {
			sessionKey,
			target: this.authority,
			requests,
			tunnels,
			bytesFromClient,
			bytesToClient,
		};
	}

	enter(active: Active): void {
		this.active.add(active);
	}

	/**
	 * @param answered the container did, whatever became of the answer
	 * @param now performance.now()
	 */
	leave(active: Active, answered: boolean, now: number): void {
		this.active.delete(active);
		this.lastLeft = now;
		if (answered) this.target.answeredAt = now;
	}

	/** Gives the user a connection: its own until it is destroyed or released. Either connected, or onConnected follows. */
	acquire(user: UpstreamUser, need: Need): Upstream {
		const { keepAlive } = this.context.options;
		const close = !need.fresh && this.mustClose();
		if (!need.fresh && !close && keepAlive !== "never") {
			const pooled = this.takeIdle(need.repeatable);
			if (pooled !== null) {
				pooled.user = user;
				return pooled;
			}
		}
		const upstream = new Upstream(this.context, this.target, user, (gone) =>
			this.forget(gone),
		);
		upstream.closing = close;
		upstream.open();
		return upstream;
	}

	/**
	 * Whether the next request goes out with Connection: close. A container's monitor_traffic.sh counts connections,
	 * those in TIME_WAIT too, and stops it below three: a few closed ones keep it alive as the legacy's did.
	 */
	private mustClose(): boolean {
		const { keepAlive } = this.context.options;
		if (keepAlive !== "auto") return keepAlive === "never";
		const { closedAt } = this;
		const now = this.context.clock.lastTick;
		while ((closedAt[0] ?? now) < now - CLOSED_WINDOW_MS) closedAt.shift();
		if (closedAt.length >= CLOSED_CONNECTIONS) return false;
		closedAt.push(now);
		return true;
	}

	/** The one used last: the others grow old and close. */
	private takeIdle(repeatable: boolean): Upstream | null {
		const last = this.idle.at(-1);
		if (last === undefined) return null;
		if (!repeatable && last.lastUsed < performance.now() - UPSTREAM_RECENT_MS)
			return null;
		this.idle.pop();
		last.deadline = Number.POSITIVE_INFINITY;
		last.reused = true;
		return last;
	}

	/**
	 * Takes a connection back whose exchange was completed in both directions.
	 * @param keepAliveTimeout seconds that the container said it waits, -1 where it did not
	 * @param now performance.now()
	 */
	release(upstream: Upstream, keepAliveTimeout: number, now: number): void {
		upstream.user = null;
		upstream.buffer.forget();
		if (upstream.closing) {
			upstream.deadline = after(UPSTREAM_FIN_MS);
			return;
		}
		const kept =
			keepAliveTimeout < 0
				? UPSTREAM_IDLE_MS
				: Math.min(UPSTREAM_IDLE_MS, (keepAliveTimeout - 1) * 1000);
		if (kept <= 0 || this.retired || this.context.draining) {
			upstream.destroy();
			return;
		}
		upstream.lastUsed = now;
		upstream.deadline = now + kept;
		this.idle.push(upstream);
	}

	/** The session's row is gone or leads elsewhere: what is under way may go on, nothing new begins here. */
	retire(): void {
		this.retired = true;
		for (const upstream of this.idle.splice(0)) upstream.destroy();
	}

	/** Another pool serves the session now. */
	replaced(): void {
		this.retire();
		this.context.clock.delete(this);
	}

	expire(): void {
		const recent = this.lastLeft > performance.now() - CLOSED_WINDOW_MS;
		if (this.active.size > 0 || recent) {
			this.deadline = after(CLOSED_WINDOW_MS);
			return;
		}
		this.replaced();
		this.onUnused(this);
	}

	fault(error: unknown): void {
		throw error;
	}

	private forget(upstream: Upstream): void {
		const at = this.idle.indexOf(upstream);
		if (at >= 0) this.idle.splice(at, 1);
	}
}

/** An exchange of a session that is under way: the map's changes end it. */
export interface Active {
	/** Where the list has it. The list's alone. */
	place: number;
	/**
	 * It must end: the session's row leads there no more, or the daemon ends.
	 * @param reason for the log
	 * @param code what the client is answered where nothing was answered yet; a tunnel answers nothing
	 */
	onWithdrawn(reason: string, code: FaultCode): void;
	/** onWithdrawn() threw: its sockets must end. */
	fault(error: unknown): void;
	readonly isTunnel: boolean;
	/** So far, as in exchange.ts. */
	readonly bytesFromClient: number;
	readonly bytesToClient: number;
}

/** What a session has under way, in no order. Every request enters and leaves: a Set would hash it both times. */
export class ActiveList implements Iterable<Active> {
	private readonly list: Active[] = [];

	get size(): number {
		return this.list.length;
	}

	add(active: Active): void {
		active.place = this.list.length;
		this.list.push(active);
	}

	/** Nothing happens where it is not in the list. */
	delete(active: Active): void {
		const { place } = active;
		if (this.list[place] !== active) return;
		const last = this.list.pop() as Active;
		if (last === active) return;
		this.list[place] = last;
		last.place = place;
	}

	/** Those of now: they may leave meanwhile. */
	[Symbol.iterator](): Iterator<Active> {
		return this.list.slice()[Symbol.iterator]();
	}
}
