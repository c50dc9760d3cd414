import type { Socket } from "node:net";
// Imported where each request asks for the time: the global of this name is a getter.
import { performance } from "node:perf_hooks";

/** Who owns a socket and is told of its events. What it throws ends its own exchange and no other. */
export interface SocketOwner {
	/** Bytes that were read by event, and stay as they are; a socket that reads by `onread` tells its reader itself. */
	received(bytes: Buffer): void;
	connected(): void;
	/** The other side's FIN. */
	ended(): void;
	/** What was written has gone out. */
	drained(): void;
	/** The socket is gone; called once or more. */
	lost(error: Error): void;
	/** One of the above threw. */
	fault(error: unknown): void;
}

/** Made once: the stack of each close would cost more than the close. */
const CLOSED = new Error("closed");

type OwnedSocket = Socket & { owner: SocketOwner | null };

/**
 * The owner must destroy the socket, or give it up, in the end. Listeners are shared functions: none is made per socket.
 * also: what the owner is told beside end, drain and loss.
 */
export function own(
	socket: Socket,
	owner: SocketOwner,
	also?: "data" | "connect",
): void {
	(socket as OwnedSocket).owner = owner;
	if (also === "data") socket.on("data", onData).resume();
	else if (also === "connect") socket.on("connect", onConnect);
	socket.on("end", onEnd);
	socket.on("drain", onDrain);
	socket.on("error", onError);
	socket.on("close", onClose);
}

/** From now on nobody is told of the socket's events; errors still have a listener. */
export function disown(socket: Socket): void {
	(socket as OwnedSocket).owner = null;
}

/**
 * Writes; text as latin1.
 * @returns false where the socket has taken what it holds: `drained` follows
 */
export function writeTo(socket: Socket, data: string | Buffer): boolean {
	const free =
		typeof data === "string"
			? socket.write(data, "latin1")
			: socket.write(data);
	return free || !isFull(socket);
}

/** Corked, or in old versions of Node 20, a stream calls a write too much that the kernel takes at once: nobody waits for that. */
export function isFull(socket: Socket): boolean {
	return socket.writableNeedDrain && socket.writableLength > 0;
}

function onData(this: Socket, bytes: Buffer): void {
	const { owner } = this as OwnedSocket;
	try {
		owner?.received(bytes);
	} catch (error) {
		owner?.fault(error);
	}
}

function onConnect(this: Socket): void {
	tell(this, (owner) => owner.connected());
}

function onEnd(this: Socket): void {
	tell(this, (owner) => owner.ended());
}

function onDrain(this: Socket): void {
	tell(this, (owner) => owner.drained());
}

function onError(this: Socket, error: Error): void {
	tell(this, (owner) => owner.lost(error));
}

function onClose(this: Socket): void {
	tell(this, closed);
}

function closed(owner: SocketOwner): void {
	owner.lost(CLOSED);
}

function tell(socket: Socket, step: (owner: SocketOwner) => void): void {
	const { owner } = socket as OwnedSocket;
	if (owner === null) return;
	try {
		step(owner);
	} catch (error) {
		owner.fault(error);
	}
}

/** Something that ends when its time comes. */
export interface Timed {
	/** In milliseconds of performance.now(); Infinity while nothing is due. */
	deadline: number;
	expire(): void;
	/** expire() threw. */
	fault(error: unknown): void;
}

const TICK_MS = 200;
/** A tick that comes this late was no busy loop: the process or machine was stopped, and nobody had their time. */
const STOPPED_MS = 1_000;

/** One timer for all deadlines: they are looked through a few times a second, and come true at most a tick late. */
export class Clock {
	private readonly timed = new Set<Timed>();
	private readonly timer = setInterval(() => this.tick(), TICK_MS);
	/** performance.now() of a short while ago, where a fifth of a second more or less does not matter. */
	lastTick = performance.now();

	constructor() {
		this.timer.unref();
	}

	add(timed: Timed): void {
		this.timed.add(timed);
	}

	delete(timed: Timed): void {
		this.timed.delete(timed);
	}

	stop(): void {
		clearInterval(this.timer);
	}

	private tick(): void {
		const now = performance.now();
		const late = now - this.lastTick - TICK_MS;
		this.lastTick = now;
		if (late > STOPPED_MS)
			for (const timed of this.timed) timed.deadline += late;
		for (const timed of this.timed) {
			if (timed.deadline > now) continue;
			timed.deadline = Number.POSITIVE_INFINITY;
			try {
				timed.expire();
			} catch (error) {
				timed.fault(error);
			}
		}
	}
}

/** The deadline that is so many milliseconds from now; 0 is never. */
export function after(milliseconds: number, now = performance.now()): number {
	return milliseconds === 0 ? Number.POSITIVE_INFINITY : now + milliseconds;
}
