import type { Socket } from "node:net";

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
