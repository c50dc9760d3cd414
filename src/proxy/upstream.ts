import type { Socket } from "node:net";
import { ResponseReader } from "../http1/response-head.js";
import { UPSTREAM_FIN_MS } from "../limits.js";
import type { Target } from "../route.js";
import type { DerivedHead } from "../routing/client-response.js";
import { ConnectRace, OWN_LISTENER, type RaceOwner } from "./connect-race.js";
import type { Context } from "./context.js";
import type { Blocked } from "./progress.js";
import { ReadBuffer } from "./read-buffers.js";
import {
	after,
	ContainerSocket,
	isFull,
	own,
	type SocketOwner,
	writeTo,
} from "./socket.js";
import { forwardedTo } from "./target-address.js";
import { type Failure, UpstreamError } from "./upstream-error.js";

/** Uses an upstream connection and handles its events. */
export interface UpstreamUser {
	/** The connection can be written to. */
	onConnected(): void;
	/** bytes: valid until this returns; after upstream.buffer.keep(), until release(). */
	onBytes(bytes: Buffer): void;
	/** The container's FIN. */
	onEnd(): void;
	/** The connection is gone. No other event follows. */
	onLost(error: UpstreamError): void;
	/** Everything written has gone out: more can follow. */
	onDrain(): void;
	/** This user's code threw. It must end both of its sockets. */
	onDefect(error: unknown): void;
}

/** The pool that a connection belongs to. */
export interface UpstreamPool {
	onConnected(upstream: Upstream): void;
	/** The first byte that this connection ever received. */
	onFirstByte(upstream: Upstream): void;
	onClosed(upstream: Upstream): void;
	/** The target accepted no connection. */
	onUnreachable(): void;
}

const NOT_ALLOWED =
	"no container may be there, or the target is outside --allow-target";

/**
 * resolving: waits for the target's addresses. connecting: tries them. inUse: carries its user's request or
 * tunnel. idle: waits for another request, or for the FIN of a container that was asked to close. closed: the socket is
 * destroyed.
 */
type State = "resolving" | "connecting" | "inUse" | "idle" | "closed";

// Longer than 300 lines: one state machine, whose states are read side by side.
/** One connection to a container. It owns its socket; its user owns it, and must destroy it or release it to the pool. */
export class Upstream implements SocketOwner, Blocked, RaceOwner {
	deadline = Number.POSITIVE_INFINITY;
	readonly buffer = new ReadBuffer();
	readonly heads = new ResponseReader<DerivedHead>();
	/** undefined while idle or closed; then every event ends the connection. */
	user: UpstreamUser | undefined = undefined;
	/** Whether it has carried a request before. */
	isReused = false;
	/** Whether no other request may follow: its request or response says Connection: close, or the container has ended. */
	isLastUse = false;
	/** performance.now() at its first byte; 0: none has come. */
	answeredAt = 0;
	openedAt = 0;
	/** Milliseconds from open() until it was connected. */
	connectMs = 0;
	readonly #context: Context;
	readonly #target: Target;
	/** Where it connects to: the target, or the inner proxy of a double proxy. */
	readonly #at: Target;
	readonly #pool: UpstreamPool;
	#state: State = "resolving";
	#socket: Socket | undefined = undefined;
	/** Owns the sockets while connecting to one of several addresses. */
	#race: ConnectRace | undefined = undefined;

	constructor(context: Context, target: Target, pool: UpstreamPool) {
		this.#context = context;
		this.#target = target;
		this.#at = forwardedTo(target, context.options);
		this.#pool = pool;
		context.clock.add(this);
	}

	/** Resolves the target and connects to one of its addresses, within the connect timeout. */
	open(user: UpstreamUser): void {
		this.user = user;
		const { options, lookup } = this.#context;
		this.openedAt = performance.now();
		this.deadline = after(options.connectTimeoutMs);
		lookup.find(this.#at.host, (found, error) => {
			if (this.#state !== "resolving") return;
			try {
				if (error) this.#fail("noAddress", error.message, error.code);
				else this.#connect(found);
			} catch (thrown) {
				this.onDefect(thrown);
			}
		});
	}

	#connect(found: readonly string[]): void {
		const { lookup } = this.#context;
		const { host } = this.#at;
		const addresses = this.#allowed(found);
		const [address] = addresses;
		if (address === undefined) {
			this.#fail("notAllowed", NOT_ALLOWED);
			return;
		}
		this.#state = "connecting";
		if (addresses.length > 1) {
			const timeLeft = this.deadline - performance.now();
			const name = { host, addresses };
			this.#race = new ConnectRace(this, name, lookup, timeLeft);
			this.#race.next();
			return;
		}
		this.#socket = this.dial(address);
		if (this.#socket === undefined) this.onAllFailed(OWN_LISTENER);
		else own(this.#socket, this, "connect");
	}

	/** The inner proxy of a double proxy may be anywhere, and judges the target's addresses itself. */
	#allowed(found: readonly string[]): readonly string[] {
		const { addresses: rules } = this.#context;
		const { host, port } = this.#target;
		if (this.#at !== this.#target) return rules.isNamed(host) ? found : [];
		return found.filter((address) => rules.isAllowed(host, address, port));
	}

	dial(host: string): Socket | undefined {
		const { port } = this.#at;
		if (this.#context.addresses.isOwnListener(host, port)) return undefined;
		return new ContainerSocket(host, port, {
			buffer: () => this.buffer.next(),
			callback: (count) => this.#read(count),
		});
	}

	onWon(socket: Socket): void {
		this.#race = undefined;
		this.#socket = socket;
		own(socket, this);
		this.connected();
	}

	onAllFailed(error: UpstreamError): void {
		const { user } = this;
		const { failure } = error;
		if (failure === "unreachable" || failure === "connectTimeout")
			this.#pool.onUnreachable();
		this.destroy();
		try {
			user?.onLost(error);
		} catch (thrown) {
			user?.onDefect(thrown);
		}
	}

	get isConnected(): boolean {
		return this.#state === "inUse";
	}

	/** Whether it is kept for another request. */
	get isKept(): boolean {
		return this.#state === "idle" && !this.isLastUse;
	}

	/** Whether it would keep a server busy that serves one connection at a time. While it is paused, an end goes unnoticed. */
	get isHeld(): boolean {
		const isOpen = this.#state === "inUse" || this.#state === "idle";
		const mayEnd = this.isLastUse || this.#socket?.isPaused();
		return isOpen && this.answeredAt > 0 && !mayEnd;
	}

	/**
	 * performance.now() since which it shows that the container is there; undefined if it does not. An idle connection to the
	 * inner proxy of a double proxy shows nothing.
	 */
	connectedSince(pool: UpstreamPool): number | undefined {
		const isUsed = this.#state === "inUse";
		const isIdle = this.#state === "idle" && this.#at === this.#target;
		const hasEnded = this.#socket?.readableEnded !== false;
		return this.#pool === pool && (isUsed || isIdle) && !hasEnded
			? this.openedAt + this.connectMs
			: undefined;
	}

	/** Whether bytes written before still wait. */
	get isBehind(): boolean {
		return this.#state !== "closed" && !!this.#socket?.writableLength;
	}

	get isFull(): boolean {
		return this.#socket !== undefined && isFull(this.#socket);
	}

	/** @returns false when the socket is full: wait for onDrain */
	write(data: string | Buffer): boolean {
		const socket = this.#socket;
		if (socket === undefined || this.#state === "closed") return true;
		return writeTo(socket, data);
	}

	/** Sends the request head with the first bytes of its body. */
	writeFirst(head: Buffer, body: Buffer): void {
		if (body.length > 0) this.#socket?.cork();
		this.write(head);
		if (body.length === 0) return;
		this.write(body);
		this.#socket?.uncork();
	}

	/** Sends our FIN after the bytes written before. */
	end(): void {
		this.#socket?.end();
	}

	pause(): void {
		this.#socket?.pause();
	}

	resume(): void {
		this.#socket?.resume();
	}

	/** For the pool: it carries another request. */
	reuse(user: UpstreamUser): void {
		this.user = user;
		this.#state = "inUse";
		this.isReused = true;
		this.deadline = Number.POSITIVE_INFINITY;
	}

	/** For the pool: its user is done with it. now: performance.now(). */
	endUse(now: number, keptMs: number): void {
		this.user = undefined;
		this.buffer.forget();
		this.#state = "idle";
		this.deadline = now + (this.isLastUse ? UPSTREAM_FIN_MS : keptMs);
	}

	/** Ends the connection at once. The user gets no more events. */
	destroy(): void {
		if (this.#state === "closed") return;
		this.#state = "closed";
		this.user = undefined;
		this.buffer.free();
		this.#context.clock.delete(this);
		this.#pool.onClosed(this);
		this.#race?.stop();
		this.#socket?.destroy();
	}

	#fail(failure: Failure, cause: string, code?: string): void {
		this.onAllFailed(new UpstreamError(failure, cause, code));
	}

	#read(count: number): boolean {
		const { user } = this;
		try {
			if (user === undefined) this.destroy();
			else {
				if (this.answeredAt === 0) {
					this.answeredAt = performance.now();
					this.#pool.onFirstByte(this);
				}
				user.onBytes(this.buffer.read(count));
			}
		} catch (error) {
			this.onDefect(error);
		}
		return true;
	}

	expire(): void {
		switch (this.#state) {
			case "resolving":
				this.#fail("connectTimeout", "name look-up timeout");
				break;
			case "connecting":
				this.#fail("connectTimeout", "connect timeout");
				break;
			case "inUse":
				if (this.#socket !== undefined && this.isFull)
					this.#context.progress.check(this, this.#socket);
				else this.#fail("responseTimeout", "no answer in time");
				break;
			case "idle":
			case "closed":
				this.destroy();
				break;
			default:
				this.#state satisfies never;
		}
	}

	onStalled(): void {
		this.#fail("responseTimeout", "the container does not read");
	}

	connected(): void {
		this.#state = "inUse";
		this.connectMs = performance.now() - this.openedAt;
		this.deadline = Number.POSITIVE_INFINITY;
		this.#pool.onConnected(this);
		this.user?.onConnected();
	}

	/** The container's FIN. Without a user nothing is left to send. */
	ended(): void {
		this.isLastUse = true;
		if (this.user === undefined) {
			this.destroy();
			return;
		}
		// libuv reports a reset that arrives together with data as an end, but then the socket has lost its peer.
		const { writableEnded, remoteAddress } = this.#socket as Socket;
		if (!writableEnded && remoteAddress === undefined)
			this.#fail("lost", "reset by the container", "ECONNRESET");
		else this.user.onEnd();
	}

	drained(): void {
		this.user?.onDrain();
	}

	lost(error?: NodeJS.ErrnoException): void {
		const cause = error?.message ?? "closed";
		switch (this.#state) {
			case "connecting":
				this.#fail("unreachable", cause, error?.code);
				break;
			case "inUse":
			case "idle":
				this.#fail("lost", cause, error?.code);
				break;
			case "resolving":
			case "closed":
				break;
			default:
				this.#state satisfies never;
		}
	}

	onDefect(error: unknown): void {
		const { user } = this;
		this.destroy();
		if (user === undefined) throw error;
		user.onDefect(error);
	}
}
