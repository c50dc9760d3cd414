import { channel } from "node:diagnostics_channel";
import { createServer, type Server, Socket } from "node:net";
import { ClientReads } from "./client-reads.js";

/** Takes a connection over. reads: where its socket reads to; null: it reads by event. */
export type Accept = (socket: Socket, reads: ClientReads | null) => void;

/** As libuv hands it over. Undocumented: used only where it is what Node 20 to 26 have. */
interface ConnectionHandle {
	readonly useUserBuffer?: unknown;
	setNoDelay?(on: boolean): void;
	close?(): void;
}

interface ListeningHandle {
	onconnection?: (status: number, connection?: ConnectionHandle) => void;
}

/** Node's own server tells of each connection here; tools that watch a process listen to it. */
const ACCEPTED = channel("net.server.socket");

/** Where connections wait, unread, until there is somebody to take them. */
export class Gate {
	private waiting: (() => void)[] | null = [];

	/** @param places for those who wait: what is still to be loaded needs descriptors too */
	constructor(private readonly places: number) {}

	get isOpen(): boolean {
		return this.waiting === null;
	}

	/**
	 * The connection comes again when the gate opens.
	 * @returns false where there is no place for it
	 */
	hold(come: () => void): boolean {
		if (this.waiting === null || this.waiting.length >= this.places)
			return false;
		this.waiting.push(come);
		return true;
	}

	open(): void {
		const waiting = this.waiting ?? [];
		this.waiting = null;
		for (const come of waiting) come();
	}
}

/** A server whose connections are handed to accept, which owns them from there on, and begins to read them. */
export function serverFor(gate: Gate, accept: Accept): Server {
	const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true };
	const server = createServer(options, (socket) => {
		const come = (): void => accept(socket, null);
		if (gate.isOpen) come();
		else if (!gate.hold(come)) socket.destroy();
	});
	server.once("listening", () => readIntoBuffers(server, gate, accept));
	return server;
}

/**
 * The documented API lets sockets that connect read into buffers of ours (`onread`), but not those that are accepted.
 * So their sockets are made here, with that option: nothing is allocated for a read and no event made of it, which
 * halves what a large upload costs. Where this Node is not as expected, all stays documented.
 */
function readIntoBuffers(server: Server, gate: Gate, accept: Accept): void {
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
		// A socket reads from the moment it is made.
		if (!gate.isOpen) {
			const held = gate.hold(() => arrived(status, connection));
			if (!held) connection.close();
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
 * The last three are what net.Socket sets on its copy of the options in any case. Written out here they save Node 20
 * some 15 microseconds a connection: a copy that grows gets a hidden class of its own each time, and nothing is
 * optimised for that. A spread would undo it.
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
