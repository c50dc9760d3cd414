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
 * Takes a connection over. It owns the socket from here on and must destroy it.
 * @param reads where the socket reads to; undefined: it reads by event
 * @param remote the peer's address; undefined when the connection was reset before it was accepted
 */
type Serve = (
	socket: Socket,
	reads: ClientReads | undefined,
	remote: string | undefined,
) => void;

/** As Serve, without the address. */
type Accept = (socket: Socket, reads?: ClientReads) => void;

/** A client of a unix socket is on this machine, and is treated as a peer that came by loopback. */
const UNIX_PEER = "127.0.0.1";

/** Where the daemon listens. It is opened before the proxy is loaded; connections wait until then. */
export class Listeners {
	/** All that are open. */
	readonly at: ListeningAt[] = [];
	readonly #servers: Server[] = [];
	readonly #acceptFailed: (error: Error) => void;
	readonly #places: number;
	readonly #waiting: (() => void)[] = [];
	#serve: Serve | undefined = undefined;

	/**
	 * @param acceptFailed called when a client could not be accepted, for instance for lack of descriptors
	 * @param places for connections that wait, since the modules still to be loaded need descriptors too
	 */
	constructor(
		acceptFailed: (error: Error) => void,
		places = Number.POSITIVE_INFINITY,
	) {
		this.#acceptFailed = acceptFailed;
		this.#places = places;
	}

	/**
	 * @param host an address, a name, "localhost" (127.0.0.1 and ::1, whichever exist), or "unix:" and a path
	 * @param port 0 for any free one; unix sockets have none
	 * @throws the system's error (EADDRINUSE, EACCES, ...); nothing stays open then
	 */
	listen(host: string, port: number): Promise<readonly ListeningAt[]> {
		return this.#openAll(() => this.#openHost(host, port));
	}

	/**
	 * Listens on sockets that were passed to this process, and owns them from here on.
	 * @throws the system's error (EINVAL where one is not a listening socket); nothing stays open then
	 */
	adopt(descriptors: readonly number[]): Promise<readonly ListeningAt[]> {
		return this.#openAll(async () => {
			const adopted: ListeningAt[] = [];
			for (const fd of descriptors) adopted.push(await this.#open({ fd }));
			return adopted;
		});
	}

	/** Serves the connections that wait, and all that follow. */
	serve(serve: Serve): void {
		this.#serve = serve;
		for (const come of this.#waiting.splice(0)) come();
	}

	close(): void {
		for (const server of this.#servers) server.close();
	}

	async #openAll(open: () => Promise<ListeningAt[]>): Promise<ListeningAt[]> {
		try {
			return await open();
		} catch (error) {
			this.close();
			throw error;
		}
	}

	async #openHost(host: string, port: number): Promise<ListeningAt[]> {
		if (host.startsWith(UNIX))
			return [await this.#open({ path: host.slice(UNIX.length) })];
		if (host !== "localhost") return [await this.#open({ host, port })];
		const first = await this.#openIfExists("127.0.0.1", port);
		const second = await this.#openIfExists("::1", first?.port ?? port);
		const both = [first, second].filter((own) => own !== undefined);
		if (both.length === 0) throw new Error("neither 127.0.0.1 nor ::1 exists");
		return both;
	}

	async #openIfExists(
		host: string,
		port: number,
	): Promise<ListeningAt | undefined> {
		try {
			return await this.#open({ host, port });
		} catch (error) {
			const { code } = error as NodeJS.ErrnoException;
			if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return undefined;
			throw error;
		}
	}

	async #open(place: Place): Promise<ListeningAt> {
		let isUnix = false;
		const accept: Accept = (socket, reads) =>
			this.#serve?.(socket, reads, isUnix ? UNIX_PEER : socket.remoteAddress);
		const options = {
			allowHalfOpen: true,
			noDelay: true,
			pauseOnConnect: true,
		};
		const server = createServer(options, (socket) => {
			if (this.#serve !== undefined) accept(socket);
			else if (!this.#wait(() => accept(socket))) socket.destroy();
		});
		server.once("listening", () => this.#readIntoBuffers(server, accept));
		const own = await listenAt(server, place);
		isUnix = own.port === null;
		server.on("error", this.#acceptFailed);
		this.#servers.push(server);
		this.at.push(own);
		return own;
	}

	/** @returns false when all places are taken */
	#wait(come: () => void): boolean {
		if (this.#waiting.length >= this.#places) return false;
		this.#waiting.push(come);
		return true;
	}

	/**
	 * The documented API lets sockets that connect read into our buffers (`onread`), but not accepted ones. So this makes
	 * the accepted sockets itself, with that option: a read allocates nothing and emits no event, which halves the cost of
	 * a large upload. Where this Node is not as expected, the documented way is used.
	 */
	#readIntoBuffers(server: Server, accept: Accept): void {
		const { _handle } = server as unknown as { _handle?: ListeningHandle };
		const documented = _handle?.onconnection;
		if (_handle === undefined || typeof documented !== "function") return;
		const arrived: typeof documented = (status, connection) => {
			if (
				status !== 0 ||
				typeof connection?.useUserBuffer !== "function" ||
				typeof connection.close !== "function"
			) {
				documented.call(_handle, status, connection);
				return;
			}
			// A connection waits without a socket, because sockets read from the start.
			if (this.#serve === undefined) {
				if (!this.#wait(() => arrived(status, connection))) connection.close();
				return;
			}
			connection.setNoDelay?.(true);
			const reads = new ClientReads();
			const socket = new Socket(optionsFor(connection, reads));
			if (ACCEPTED.hasSubscribers) ACCEPTED.publish({ socket });
			accept(socket, reads);
		};
		_handle.onconnection = arrived;
	}
}

/** As libuv passes it. Undocumented: used only where it is as in Node 20 to 26. */
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
