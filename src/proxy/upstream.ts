import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import {
	type EndedBy,
	type Phase,
	type Termination,
	terminationOf,
} from "../exchange-record.js";
import type { FaultCode } from "../faults.js";
import { ResponseReader } from "../http1/response-head.js";
import { TCP_KEEP_ALIVE_MS } from "../limits.js";
import type { Target } from "../route.js";
import type { DerivedHead } from "../routing/client-response.js";
import type { Context } from "./context.js";
import { ReadBuffer } from "./read-buffers.js";
import {
	after,
	disown,
	isFull,
	own,
	type SocketOwner,
	type Timed,
	writeTo,
} from "./socket.js";

// Over the house's 300 lines: its errors have just moved here; it gets shorter.
/**
 * One connection to a container. It owns its socket from open() to destroy(). Who made it must destroy it or hand it
 * back to the pool; while nobody uses it (user is null), whatever happens on it ends it.
 */
export class Upstream implements Timed, SocketOwner {
	deadline = Number.POSITIVE_INFINITY;
	readonly buffer = new ReadBuffer();
	readonly heads = new ResponseReader<DerivedHead>();
	isConnected = false;
	/** Whether it has carried a request before. */
	reused = false;
	/** Whether its request says Connection: close. */
	closing = false;
	/** performance.now() of its last response's end. */
	lastUsed = 0;
	/** Milliseconds from open() until it was connected. */
	connectMs = 0;
	private openedAt = 0;
	private destroyed = false;
	private socket: Socket | null = null;
	private addresses: readonly string[] = [];
	private attempt = 0;
	private connectUntil = 0;

	constructor(
		private readonly context: Context,
		private readonly target: Target,
		public user: UpstreamUser | null,
		private readonly onDestroyed: (upstream: Upstream) => void,
	) {
		context.clock.add(this);
	}

	/** Resolves the target and connects to its addresses in turn, within the connect timeout. */
	open(): void {
		this.openedAt = performance.now();
		this.connectUntil = after(this.context.options.connectTimeoutMs);
		this.deadline = this.connectUntil;
		this.context.lookup.find(this.target.host, (error, addresses) => {
			if (this.destroyed) return;
			const { host, port } = this.target;
			this.addresses = addresses.filter((address) =>
				this.context.isAllowed(host, address, port),
			);
			try {
				if (error !== null) this.lose(connectLoss(error));
				else if (this.addresses.length > 0) this.dial();
				else this.lose(NOT_ALLOWED);
			} catch (fault) {
				this.fault(fault);
			}
		});
	}

	/** Each address but the last gets its share of the time that is left. */
	private dial(): void {
		const host = this.addresses[this.attempt++] as string;
		const { port } = this.target;
		if (this.context.isOwnListener(host, port)) {
			this.lose(OWN_LISTENER);
			return;
		}
		const now = performance.now();
		const shares = this.addresses.length - this.attempt + 1;
		this.deadline = now + (this.connectUntil - now) / shares;
		const socket = connect({
			host,
			port,
			noDelay: true,
			allowHalfOpen: true,
			keepAlive: true,
			keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
			onread: {
				buffer: () => this.buffer.next(),
				callback: (count) => this.read(count),
			},
			// As in accept.ts, optionsFor.
			emitClose: false,
			autoDestroy: true,
			decodeStrings: false,
		} as TcpNetConnectOpts);
		this.socket = socket;
		own(socket, this, "connect");
	}

	private dialNext(): void {
		const { socket } = this;
		this.socket = null;
		if (socket !== null) {
			disown(socket);
			socket.destroy();
		}
		this.dial();
	}

	private read(count: number): boolean {
		const { user } = this;
		try {
			if (user === null) this.destroy();
			else user.onBytes(this.buffer.read(count));
		} catch (error) {
			this.fault(error);
		}
		return true;
	}

	/** @returns false where the socket has taken what it holds: wait for onDrain */
	write(data: string | Buffer): boolean {
		const { socket } = this;
		if (socket === null || this.destroyed) return true;
		return writeTo(socket, data);
	}

	/** Whether bytes written before are still waiting. */
	get isBehind(): boolean {
		return !this.destroyed && (this.socket?.writableLength ?? 0) > 0;
	}

	get isFull(): boolean {
		return this.socket !== null && isFull(this.socket);
	}

	/** Sends our FIN behind what was written. */
	end(): void {
		this.socket?.end();
	}

	cork(): void {
		this.socket?.cork();
	}

	uncork(): void {
		this.socket?.uncork();
	}

	pause(): void {
		this.socket?.pause();
	}

	resume(): void {
		this.socket?.resume();
	}

	/** Ends the connection at once. The user is told nothing more. */
	destroy(): void {
		if (!this.forget()) return;
		this.socket?.destroy();
	}

	/** @returns false where that was done before */
	private forget(): boolean {
		if (this.destroyed) return false;
		this.destroyed = true;
		this.user = null;
		this.context.clock.delete(this);
		this.onDestroyed(this);
		return true;
	}

	private lose(error: Error): void {
		const { user } = this;
		this.destroy();
		try {
			user?.onLost(error);
		} catch (fault) {
			user?.fault(fault);
		}
	}

	expire(): void {
		if (this.user === null) this.destroy();
		else if (this.isConnected)
			this.lose(
				new Loss("no answer in time", "slowAnswer", "containerTimeout", "head"),
			);
		else if (this.attempt < this.addresses.length) this.dialNext();
		else {
			const what =
				this.addresses.length === 0
					? "name look-up timeout"
					: "connect timeout";
			this.lose(new Loss(what, "slowConnect", "containerTimeout", "connect"));
		}
	}

	connected(): void {
		this.isConnected = true;
		this.connectMs = performance.now() - this.openedAt;
		this.deadline = Number.POSITIVE_INFINITY;
		this.user?.onConnected();
	}

	/** The container's FIN. With nobody here, ours follows and the connection ends by itself. */
	ended(): void {
		if (this.wasReset()) this.lost(new Error("reset by the container"));
		else if (this.user !== null) this.user.onEnd();
		else if (this.forget()) this.socket?.end();
	}

	/** libuv tells a reset that is there together with data as an end; but a socket that was reset has no peer any more. */
	private wasReset(): boolean {
		const { socket } = this;
		return (
			socket !== null &&
			!socket.writableEnded &&
			socket.remoteAddress === undefined
		);
	}

	drained(): void {
		this.user?.onDrain();
	}

	lost(error: Error): void {
		if (this.destroyed) return;
		if (this.isConnected) this.lose(error);
		else if (this.attempt < this.addresses.length) this.dialNext();
		else this.lose(connectLoss(error));
	}

	received(): void {
		throw new Error("upstream sockets read by onread");
	}

	fault(error: unknown): void {
		const { user } = this;
		this.destroy();
		if (user === null) throw error;
		user.fault(error);
	}
}

/** Why a connection to a container was lost, where more is known than the system's error. */
export class Loss extends Error {
	readonly termination: Termination;

	constructor(
		message: string,
		readonly code: FaultCode,
		by: EndedBy,
		phase: Phase = "connect",
	) {
		super(message);
		this.termination = terminationOf(by, phase);
	}
}

export const OWN_LISTENER = new Loss(
	"the target is this proxy itself",
	"ownListener",
	"proxy",
);
export const NOT_ALLOWED = new Loss(
	"no container may be there, or the target is outside --allow-target",
	"targetNotAllowed",
	"proxy",
);

/** Why a connection to a container did not come about: mostly the container's doing, but descriptors are our own. */
export function connectLoss({ code, message }: NodeJS.ErrnoException): Loss {
	return code === "EMFILE" || code === "ENFILE"
		? new Loss(`${message}: raise the open file limit`, "clientLimit", "proxy")
		: new Loss(message, "targetMissing", "container");
}

/** The answer to a lost connection, and who ended it. */
export function lossOf(error: Error): Pick<Loss, "code" | "termination"> {
	if (error instanceof Loss) return error;
	return { code: "targetMissing", termination: BY_CONTAINER };
}

const BY_CONTAINER = terminationOf("container", "head");

/** Who uses an upstream connection now, and is told what happens on it. */
export interface UpstreamUser {
	/** It can be written to. */
	onConnected(): void;
	/** The bytes are good until this returns, or longer after upstream.buffer.keep(). */
	onBytes(bytes: Buffer): void;
	/** The container will send no more. */
	onEnd(): void;
	/** The connection is gone: refused, reset, timed out. Nothing follows. */
	onLost(error: Error): void;
	/** What was written has gone out: more can follow. */
	onDrain(): void;
	/** This user's code threw. Both its sockets must end. */
	fault(error: unknown): void;
}
