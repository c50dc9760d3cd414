import { channel } from "node:diagnostics_channel";
import { readSync } from "node:fs";
import { type Server, Socket } from "node:net";
// Imported because the global of this name is a getter, which is too slow to ask for the time on each request.
import { performance } from "node:perf_hooks";
import { CONTAINER_KEEP_ALIVE_MS } from "../limits.js";
import { ClientReads } from "./read-buffers.js";

/** Something with a deadline. */
export interface Timed {
	/** In milliseconds of performance.now(); Infinity: none. */
	deadline: number;
	expire(): void;
	/** expire(), or another handler, threw. */
	onDefect(error: unknown): void;
}

/** Owns a socket and handles its events. What a handler throws ends the exchange on this socket and no other. */
export interface SocketOwner extends Timed {
	/** Bytes of a "data" event, which nothing overwrites. A socket with `onread` calls its reader itself. */
	received?(bytes: Buffer): void;
	connected?(): void;
	/** The peer has sent its FIN. */
	ended(): void;
	/** Everything written has gone out. */
	drained(): void;
	/** The socket is gone. Called at least once; error: undefined after an orderly close. */
	lost(error?: NodeJS.ErrnoException): void;
}

type OwnedSocket = Socket & { owner: SocketOwner | undefined };

/** net.connect() reports each socket here, for tools that watch a process. */
const DIALLED = channel("net.client.socket");

/** How a socket reads into memory of ours: the option `onread`. */
interface Reads {
	buffer(): Buffer;
	callback(count: number): boolean;
}

/**
 * A socket to a container. A container that answers and closes before it has read the whole request resets the connection:
 * our next write fails, and Node would close the socket with the answer still unread in the system's buffer.
 */
export class ContainerSocket extends Socket {
	readonly #reads: Reads;

	/** Begins to connect. The caller owns the socket. */
	constructor(host: string, port: number, onread: Reads) {
		const options = {
			host,
			port,
			noDelay: true,
			allowHalfOpen: true,
			keepAlive: true,
			keepAliveInitialDelay: CONTAINER_KEEP_ALIVE_MS,
			onread,
			// As in optionsFor.
			emitClose: false,
			autoDestroy: true,
			decodeStrings: false,
		};
		super(options);
		this.#reads = onread;
		if (DIALLED.hasSubscribers) DIALLED.publish({ socket: this });
		this.connect(options);
	}

	override _destroy(
		error: Error | null,
		done: (error?: Error | null) => void,
	): void {
		if (error !== null) this.#readRest();
		super._destroy(error, done);
	}

	/** The handle's descriptor is undocumented: without it, the rest is lost. */
	#readRest(): void {
		const { _handle } = this as unknown as { _handle?: { fd?: number } | null };
		const descriptor = _handle?.fd ?? -1;
		const { buffer, callback } = this.#reads;
		let count = 1;
		while (descriptor >= 0 && count > 0) {
			try {
				count = readSync(descriptor, buffer());
			} catch {
				// Nothing is left to read.
				return;
			}
			if (count > 0) callback(count);
		}
	}
}

/**
 * From here on the owner owns the socket and must destroy it. The listeners are shared functions, so that none is made for
 * each socket.
 * @param also an event that the owner handles in addition to the events of every socket
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

/**
 * Writes; text as latin1.
 * @returns false when the socket is full: wait for `drained`
 */
export function writeTo(socket: Socket, data: string | Buffer): boolean {
	const hasRoom =
		typeof data === "string"
			? socket.write(data, "latin1")
			: socket.write(data);
	return hasRoom || !isFull(socket);
}

/**
 * A corked stream, and any stream in old versions of Node 20, reports itself full although the kernel takes all bytes at
 * once. No "drain" event follows then.
 */
export function isFull(socket: Socket): boolean {
	return socket.writableNeedDrain && socket.writableLength > 0;
}

function onData(this: Socket, bytes: Buffer): void {
	const { owner } = this as OwnedSocket;
	try {
		owner?.received?.(bytes);
	} catch (error) {
		owner?.onDefect(error);
	}
}

function onConnect(this: Socket): void {
	notify(this, (owner) => owner.connected?.());
}

function onEnd(this: Socket): void {
	notify(this, (owner) => owner.ended());
}

function onDrain(this: Socket): void {
	notify(this, (owner) => owner.drained());
}

function onError(this: Socket, error: Error): void {
	notify(this, (owner) => owner.lost(error));
}

function onClose(this: Socket): void {
	notify(this, (owner) => owner.lost());
}

function notify(socket: Socket, call: (owner: SocketOwner) => void): void {
	const { owner } = socket as OwnedSocket;
	if (owner === undefined) return;
	try {
		call(owner);
	} catch (error) {
		owner.onDefect(error);
	}
}

/** Where connections wait until they can be served. */
export interface Gate {
	isOpen: boolean;
	/** accept: called when the gate opens. @returns false when all places are taken */
	wait(accept: () => void): boolean;
}

/** As libuv passes it. Undocumented: used only if it is as in Node 20 to 26. */
interface ConnectionHandle {
	readonly useUserBuffer?: unknown;
	setNoDelay?(on: boolean): void;
	close?(): void;
}

interface ListeningHandle {
	onconnection?: (status: number, connection?: ConnectionHandle) => void;
}

/** Node's own server reports each connection here, for tools that watch a process. */
const ACCEPTED = channel("net.server.socket");

/**
 * Creates the sockets of accepted connections so that they read into our own buffers; `accept` owns them from then on
 * and must destroy them. The documented API has this option (`onread`) only for sockets that connect. With it a read
 * allocates nothing and emits no event, which halves the cost of a large upload. If this Node is not as expected, the
 * server's own listener gets the connections.
 * @param gate connections wait in it without a socket, because sockets read from the start
 */
export function readIntoBuffers(
	server: Server,
	gate: Gate,
	accept: (socket: Socket, reads: ClientReads) => void,
): void {
	const { _handle } = server as unknown as { _handle?: ListeningHandle };
	const documented = _handle?.onconnection;
	if (_handle === undefined || typeof documented !== "function") return;
	_handle.onconnection = function arrived(status, connection) {
		if (
			status !== 0 ||
			typeof connection?.useUserBuffer !== "function" ||
			typeof connection.close !== "function"
		) {
			documented.call(_handle, status, connection);
			return;
		}
		if (!gate.isOpen) {
			const waits = gate.wait(() => arrived(status, connection));
			if (!waits) connection.close();
			return;
		}
		connection.setNoDelay?.(true);
		const reads = new ClientReads();
		const socket = new Socket(optionsFor(connection, reads));
		if (ACCEPTED.hasSubscribers) ACCEPTED.publish({ socket });
		accept(socket, reads);
	};
}

/**
 * net.Socket sets the last three on its copy of the options in any case. Given here, they save Node 20 some 15
 * microseconds a connection: a copy that grows gets a new hidden class each time, for which nothing is optimised. A spread
 * would undo that.
 */
function optionsFor(handle: ConnectionHandle, { onread }: ClientReads) {
	return {
		handle,
		allowHalfOpen: true,
		onread,
		emitClose: false,
		autoDestroy: true,
		decodeStrings: false,
	};
}

const TICK_MS = 200;
/** A busy event loop does not delay a tick this long: the process or the machine was stopped. */
const STOPPED_MS = 1_000;

/** One timer for all deadlines. It checks them a few times a second, so they expire at most one tick late. */
export class Clock {
	readonly #timed = new Set<Timed>();
	readonly #timer = setInterval(() => this.#tick(), TICK_MS);
	/** performance.now() at the last tick, for callers to whom 200 ms do not matter. */
	lastTick = performance.now();

	constructor() {
		this.#timer.unref();
	}

	add(timed: Timed): void {
		this.#timed.add(timed);
	}

	delete(timed: Timed): void {
		this.#timed.delete(timed);
	}

	stop(): void {
		clearInterval(this.#timer);
	}

	#tick(): void {
		const now = performance.now();
		const late = now - this.lastTick - TICK_MS;
		this.lastTick = now;
		// Time in which the process was stopped does not count.
		if (late > STOPPED_MS)
			for (const timed of this.#timed) timed.deadline += late;
		for (const timed of this.#timed) {
			if (timed.deadline > now) continue;
			timed.deadline = Number.POSITIVE_INFINITY;
			try {
				timed.expire();
			} catch (error) {
				timed.onDefect(error);
			}
		}
	}
}

/** The deadline in so many milliseconds; 0: none. */
export function after(milliseconds: number, now = performance.now()): number {
	return milliseconds === 0 ? Number.POSITIVE_INFINITY : now + milliseconds;
}
