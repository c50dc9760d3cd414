import { channel } from "node:diagnostics_channel";
import { createServer, type Server, Socket } from "node:net";
import {
	type ListeningAt,
	listenAt,
	type Place,
	UNIX,
} from "../listening/listen.js";
import { ClientReads } from "./read-buffers.js";

/**
 * Takes a connection over, and owns its socket from here on.
 * @param reads where the socket reads to; null: it reads by event
 * @param remote the other side's address; undefined where it was reset before it was accepted
 */
type Serve = (
	socket: Socket,
	reads: ClientReads | null,
	remote: string | undefined,
) => void;

/** Who connects to a unix socket is on this machine, and passes for a peer that came by loopback. */
const UNIX_PEER = "127.0.0.1";

/** Where the daemon listens. Opened before what serves is loaded: who connects until then waits. */
export class Listeners {
	/** All that are open. */
	readonly at: ListeningAt[] = [];
	private readonly servers: Server[] = [];
	private readonly gate: Gate;
	/** Whoever asks before serve() gets nothing: the gate lets nobody through. */
	private take: Serve = (socket) => socket.destroy();

	/**
	 * @param acceptFailed accepting a client failed, for instance for want of descriptors
	 * @param places for those who come before serve(): more are closed
	 */
	constructor(
		private readonly acceptFailed: (error: Error) => void,
		places = Number.POSITIVE_INFINITY,
	) {
		this.gate = new Gate(places);
	}

	/**
	 * @param host an address, a name, "localhost": 127.0.0.1 and ::1, whichever exist; or "unix:" and a path
	 * @param port 0 for any that is free; unix sockets have none
	 * @throws the system's error (EADDRINUSE, EACCES, ...)
	 */
	async listen(host: string, port: number): Promise<readonly ListeningAt[]> {
		return await this.openAll(() => this.openHost(host, port));
	}

	/**
	 * Listens on sockets that were passed to this process, and owns them from here on.
	 * @throws the system's error (EINVAL where one is no listening socket)
	 */
	async adopt(descriptors: readonly number[]): Promise<readonly ListeningAt[]> {
		return await this.openAll(async () => {
			const adopted: ListeningAt[] = [];
			for (const fd of descriptors) adopted.push(await this.open({ fd }));
			return adopted;
		});
	}

	/** Those who wait are served now, and all who come. */
	serve(take: Serve): void {
		this.take = take;
		this.gate.open();
	}

	close(): void {
		for (const server of this.servers) server.close();
	}

	/** All or none: what is open stays so only where nothing failed. */
	private async openAll(
		open: () => Promise<ListeningAt[]>,
	): Promise<ListeningAt[]> {
		try {
			return await open();
		} catch (error) {
			this.close();
			throw error;
		}
	}

	private async openHost(host: string, port: number): Promise<ListeningAt[]> {
		if (host.startsWith(UNIX))
			return [await this.open({ path: host.slice(UNIX.length) })];
		if (host !== "localhost") return [await this.open({ host, port })];
		const first = await this.openIfThere("127.0.0.1", port);
		const second = await this.openIfThere("::1", first?.port ?? port);
		const both = [first, second].filter((own) => own !== null);
		if (both.length === 0) throw new Error("neither 127.0.0.1 nor ::1 exists");
		return both;
	}

	/** An address family that this machine does not have is no error for "localhost". */
	private openIfThere(host: string, port: number): Promise<ListeningAt | null> {
		return this.open({ host, port }).catch((error: NodeJS.ErrnoException) => {
			const { code } = error;
			if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return null;
			throw error;
		});
	}

	private async open(place: Place): Promise<ListeningAt> {
		let isUnix = false;
		const server = serverFor(this.gate, (socket, reads) =>
			this.take(socket, reads, isUnix ? UNIX_PEER : socket.remoteAddress),
		);
		const own = await listenAt(server, place);
		isUnix = own.port === null;
		server.on("error", this.acceptFailed);
		this.servers.push(server);
		this.at.push(own);
		return own;
	}
}

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
