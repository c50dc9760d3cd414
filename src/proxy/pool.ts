import type { ExchangeRecord, SessionLoad } from "../exchange-record.js";
import type { FaultCode } from "../faults.js";
import { authorityOf } from "../http1/request-head.js";
import {
	CLOSED_CONNECTIONS,
	CLOSED_WINDOW_MS,
	FIRST_BYTE_MS,
	FREED_ANSWER_MS,
	SEVERAL_KEPT_MS,
	SINGLE_KEPT_MS,
	UPSTREAM_IDLE_MS,
} from "../limits.js";
import type { Refusals, Target } from "../route.js";
import type { Admission } from "../tool-owners.js";
import type { Context } from "./context.js";
import { after, type Timed } from "./socket.js";
import { Upstream, type UpstreamPool, type UpstreamUser } from "./upstream.js";

/** A session's target, and when it last answered that session. */
export interface KnownTarget extends Target {
	/** In milliseconds of performance.now(); 0: never; negative: before this process began. */
	answeredAt: number;
	/** In a worker: tells the others of an answer, unless they know of a recent one. Takes performance.now(). */
	readonly tell: ((now: number) => void) | undefined;
	/** Of connections. */
	readonly refusals: FirstRefusals;
	/** Shared by all sessions with this target. */
	readonly concurrency: Concurrency;
}

/** When the target first accepted no connection, and when first after it had answered: milliseconds of performance.now(). */
export interface FirstRefusals {
	ever: number;
	afterAnswer: number;
	/** In a worker: tells the others of these times. */
	readonly tell: (() => void) | undefined;
}

/**
 * What a request needs of its connection. shared: an idle one will do, and others may follow. only: a new one that carries
 * no other request. new: a new one, for an upgrade or for the retry after an idle one died.
 */
export type Use = "shared" | "only" | "new";

// Longer than 300 lines: which connections are kept is decided here alone.
/**
 * The connections to one session's container. No other session may use them, even with the same target: Docker gives a
 * free port to the next container.
 */
export class Pool implements Timed, UpstreamPool {
	deadline = after(CLOSED_WINDOW_MS);
	/** "host:port" of its target. */
	readonly authority: string;
	/** Outlives the pool. */
	readonly target: KnownTarget;
	/** All exchanges and tunnels of the session, including the ones that an earlier pool began. */
	readonly active: ActiveList;
	readonly #context: Context;
	readonly #onUnused: (pool: Pool) => void;
	readonly #idle: Upstream[] = [];
	/** The times at which connections with Connection: close began. */
	readonly #closedAt: number[] = [];
	/** The time at which an exchange last ended. */
	#lastLeft = 0;
	/** A retired pool only serves the exchanges that have begun. */
	#isRetired = false;

	constructor(
		context: Context,
		target: KnownTarget,
		active: ActiveList,
		onUnused: (pool: Pool) => void,
	) {
		this.#context = context;
		this.target = target;
		this.active = active;
		this.#onUnused = onUnused;
		this.authority = authorityOf(target);
		context.clock.add(this);
	}

	/** Whether new requests for this target may use it. */
	serves(target: Target): boolean {
		return !this.#isRetired && this.leadsTo(target);
	}

	leadsTo({ host, port }: Target): boolean {
		return host === this.target.host && port === this.target.port;
	}

	get idleConnections(): number {
		return this.#idle.length;
	}

	/** Since when one of its connections shows that the container is there: performance.now() of the oldest. */
	connectedSince(): number | undefined {
		let oldest: number | undefined;
		for (const upstream of this.target.concurrency.connections) {
			const since = upstream.connectedSince(this);
			if (since !== undefined) oldest = Math.min(since, oldest ?? since);
		}
		return oldest;
	}

	/** Of a connection that was opened then. */
	refusalsBefore(openedAt: number): Refusals {
		const { ever, afterAnswer } = this.target.refusals;
		if (afterAnswer < openedAt) return "after answers";
		return ever < openedAt ? "at first" : "none";
	}

	onUnreachable(): void {
		const { refusals, answeredAt } = this.target;
		const { ever, afterAnswer, tell } = refusals;
		const now = performance.now();
		refusals.ever = Math.min(ever, now);
		if (answeredAt !== 0) refusals.afterAnswer = Math.min(afterAnswer, now);
		if (refusals.ever !== ever || refusals.afterAnswer !== afterAnswer)
			tell?.();
	}

	load(sessionKey: string): SessionLoad {
		let tunnels = 0;
		let bytesFromClient = 0;
		let bytesToClient = 0;
		for (const active of this.active) {
			if (active.kind === "tunnel") tunnels++;
			bytesFromClient += active.record.bytesFromClient;
			bytesToClient += active.record.bytesToClient;
		}
		return {
			sessionKey,
			target: this.authority,
			requests: this.active.size - tunnels,
			tunnels,
			bytesFromClient,
			bytesToClient,
		};
	}

	enter(active: Active): void {
		this.active.add(active);
	}

	/**
	 * @param answered whether the container answered
	 * @param now performance.now()
	 */
	leave(active: Active, answered: boolean, now: number): void {
		this.active.delete(active);
		this.#lastLeft = now;
		if (!answered) return;
		this.target.answeredAt = now;
		this.target.tell?.(now);
	}

	/**
	 * The user owns the connection until it destroys or releases it. It is connected, or onConnected follows. Of the idle
	 * connections the one that was used last is taken, so that the others expire.
	 */
	acquire(user: UpstreamUser, use: Use): Upstream {
		const mustClose = use !== "new" && this.#mustClose();
		const pooled =
			use === "shared" && !mustClose ? this.#idle.pop() : undefined;
		const upstream = pooled ?? new Upstream(this.#context, this.target, this);
		upstream.isLastUse = mustClose || use === "only";
		if (pooled === undefined) upstream.open(user);
		else upstream.reuse(user);
		return upstream;
	}

	/**
	 * Whether the next request needs a new connection and says Connection: close. A container's monitor_traffic.sh counts
	 * connections, including the ones in TIME_WAIT, and stops the container below three. A few closed connections keep it
	 * alive, as the legacy's did. If so, the request counts as one of these few.
	 */
	#mustClose(): boolean {
		if (this.target.concurrency.isSingle) return true;
		const { keepAlive } = this.#context.options;
		if (keepAlive !== "auto") return keepAlive === "never";
		const closedAt = this.#closedAt;
		const now = this.#context.clock.lastTick;
		while ((closedAt[0] ?? now) < now - CLOSED_WINDOW_MS) closedAt.shift();
		if (closedAt.length >= CLOSED_CONNECTIONS) return false;
		closedAt.push(now);
		return true;
	}

	/**
	 * Takes back a connection whose exchange was completed in both directions, and owns it again.
	 * @param keepAliveTimeout seconds for which the container keeps it, -1 if it did not say
	 * @param now performance.now()
	 */
	release(upstream: Upstream, keepAliveTimeout: number, now: number): void {
		const keptMs =
			keepAliveTimeout < 0
				? UPSTREAM_IDLE_MS
				: Math.min(UPSTREAM_IDLE_MS, (keepAliveTimeout - 1) * 1000);
		const { concurrency } = this.target;
		const isBarred =
			this.#isRetired || this.#context.isDraining || concurrency.isSingle;
		if ((keptMs <= 0 || isBarred) && !upstream.isLastUse) {
			upstream.destroy();
			return;
		}
		upstream.endUse(now, keptMs);
		if (!upstream.isLastUse) this.#idle.push(upstream);
		concurrency.check();
	}

	/** The session's row is gone or has another target. */
	retire(): void {
		this.#isRetired = true;
		for (const upstream of this.#idle.splice(0)) upstream.destroy();
	}

	/** Another pool serves the session from now on. */
	replaced(): void {
		this.retire();
		this.#context.clock.delete(this);
	}

	expire(): void {
		const isRecent = this.#lastLeft > performance.now() - CLOSED_WINDOW_MS;
		if (this.active.size > 0 || isRecent) {
			this.deadline = after(CLOSED_WINDOW_MS);
			return;
		}
		this.replaced();
		this.#onUnused(this);
	}

	onDefect(error: unknown): void {
		throw error;
	}

	onConnected(upstream: Upstream): void {
		this.target.concurrency.onConnected(upstream);
	}

	onFirstByte(upstream: Upstream): void {
		this.target.concurrency.onFirstByte(upstream);
	}

	onClosed(upstream: Upstream): void {
		this.target.concurrency.onClosed(upstream);
		const at = this.#idle.indexOf(upstream);
		if (at >= 0) this.#idle.splice(at, 1);
		this.#context.onConnectionEnded?.();
	}
}

/**
 * Whether a target's server serves several connections at a time. Some serve one until it ends, as Python's HTTPServer
 * does: all others would wait while one is kept idle. The connections show which kind it is.
 */
export class Concurrency {
	/** several: answered on one connection while another was held. single: answered once the idle ones were closed. */
	#kind: "unknown" | "several" | "single" = "unknown";
	#knownUntil = 0;
	/** Connected ones. */
	readonly #connections = new Set<Upstream>();
	#timer: NodeJS.Timeout | undefined;
	/** When idle connections were last closed for one that waits. */
	#freedAt = Number.NEGATIVE_INFINITY;

	get connections(): Iterable<Upstream> {
		return this.#connections;
	}

	get isSingle(): boolean {
		return this.#kind === "single";
	}

	/** Another container may be there from now on. */
	forget(): void {
		this.#kind = "unknown";
	}

	/** A session leads here for the first time. Unless a connection is open, our knowledge may be about a former container. */
	onNewSession(): void {
		if (this.#connections.size === 0) this.forget();
	}

	onConnected(upstream: Upstream): void {
		const isOld = performance.now() > this.#knownUntil;
		// While another connection is open, it is the same container. A verdict for single connections ends nevertheless.
		if (isOld && (this.isSingle || this.#connections.size === 0)) this.forget();
		this.#connections.add(upstream);
		this.check();
	}

	onClosed(upstream: Upstream): void {
		this.#connections.delete(upstream);
	}

	onFirstByte(upstream: Upstream): void {
		if (this.#kind === "several") return;
		const others = [...this.#connections].filter(
			(other) => other !== upstream && other.isHeld,
		);
		// Bytes are not read in the order of their arrival, and an end may arrive together with them: seen after this poll.
		if (others.length > 0)
			setImmediate(() => {
				const proves = (other: Upstream) =>
					other.isHeld &&
					(upstream.isHeld || other.answeredAt < upstream.openedAt);
				if (others.some(proves)) this.#learn("several");
			});
		else if (performance.now() - this.#freedAt < FREED_ANSWER_MS)
			this.#learn("single");
	}

	#learn(kind: "several" | "single"): void {
		this.#kind = kind;
		const keptMs = kind === "several" ? SEVERAL_KEPT_MS : SINGLE_KEPT_MS;
		this.#knownUntil = performance.now() + keptMs;
	}

	/** Closes the idle connections soon if the server may serve one of them and a new one waits. */
	check(): void {
		if (this.#kind === "several" || this.#timer !== undefined) return;
		if (!this.#mayBlock()) return;
		// Free only after the next poll: the first byte may have come while this process was busy.
		const free = () => this.#free();
		this.#timer = setTimeout(() => setImmediate(free), FIRST_BYTE_MS).unref();
	}

	#mayBlock(): boolean {
		let isOneKept = false;
		let isOneWaiting = false;
		for (const { isKept, answeredAt } of this.#connections) {
			isOneKept ||= isKept;
			isOneWaiting ||= answeredAt === 0;
		}
		return isOneKept && isOneWaiting;
	}

	#free(): void {
		this.#timer = undefined;
		if (this.#kind === "several" || !this.#mayBlock()) return;
		this.#freedAt = performance.now();
		for (const upstream of this.#connections)
			if (upstream.isKept) upstream.destroy();
	}
}

/** An exchange or tunnel in flight, which a change of the session map may end. */
export interface Active {
	/** Its index in the ActiveList, for the list alone. */
	index: number;
	/**
	 * It must end: the session's row is gone or leads elsewhere, or the daemon shuts down.
	 * @param reason for the log
	 * @param code the answer to the client if none has begun; a tunnel needs none
	 */
	onWithdrawn(reason: string, code: FaultCode): void;
	/** onWithdrawn() threw: its sockets must end. */
	onDefect(error: unknown): void;
	readonly kind: "exchange" | "tunnel";
	/** The permission by which it was let in, if one was needed. */
	readonly admission?: Admission | undefined;
	/** With its bytes so far. */
	readonly record: ExchangeRecord;
}

/** A session's exchanges and tunnels, unordered. Each request enters and leaves it: a Set would hash it both times. */
export class ActiveList implements Iterable<Active> {
	readonly #list: Active[] = [];

	get size(): number {
		return this.#list.length;
	}

	add(active: Active): void {
		active.index = this.#list.length;
		this.#list.push(active);
	}

	/** Does nothing for one that is not in the list. */
	delete(active: Active): void {
		const { index } = active;
		if (this.#list[index] !== active) return;
		const last = this.#list.pop() as Active;
		if (last === active) return;
		this.#list[index] = last;
		last.index = index;
	}

	/** Ends all, or the ones that this admission let in. reason and code: as for onWithdrawn(). */
	withdraw(reason: string, code: FaultCode, admissionId?: string): void {
		for (const active of this) {
			const { id } = active.admission ?? {};
			if (admissionId !== undefined && id !== admissionId) continue;
			try {
				active.onWithdrawn(reason, code);
			} catch (error) {
				active.onDefect(error);
			}
		}
	}

	/** Iterates over a snapshot, because entries may be removed during iteration. */
	[Symbol.iterator](): Iterator<Active> {
		return this.#list.slice()[Symbol.iterator]();
	}
}
