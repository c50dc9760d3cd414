import { createServer, type Server, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import {
	type ListenAddress,
	type ListeningAt,
	listenAt,
	openBoth,
	UNIX,
} from "../listening/listen.js";
import type { ClientReads } from "./read-buffers.js";
import { type Gate, readIntoBuffers } from "./socket.js";

/**
 * Takes a connection over. It owns the socket from here on and must destroy it.
 * @param reads the buffers that the socket reads into; undefined: it reads by events
 * @param isUnix whether it came by a unix socket
 */
type Serve = (
	socket: Socket,
	reads: ClientReads | undefined,
	isUnix: boolean,
) => void;

/** Milliseconds for the queue to become empty. More would not help where connections come faster than they are accepted. */
const EMPTYING_MS = 100;

/** The daemon's listening sockets. They are opened before the proxy is loaded; connections wait until then. */
export class Listeners {
	/** The addresses of all open listeners. */
	readonly at: ListeningAt[] = [];
	readonly #servers: Server[] = [];
	readonly #acceptFailed: (error: Error) => void;
	readonly #waiting: (() => void)[] = [];
	readonly #gate: Gate;
	#accepted = 0;
	/** Not called before the gate is open. */
	#serve: Serve = (socket) => socket.destroy();

	/**
	 * @param acceptFailed called when a client could not be accepted, for instance for lack of descriptors
	 * @param places how many connections may wait, since the modules still to be loaded need descriptors too
	 */
	constructor(
		acceptFailed: (error: Error) => void,
		places = Number.POSITIVE_INFINITY,
	) {
		this.#acceptFailed = acceptFailed;
		this.#gate = {
			isOpen: false,
			wait: (accept) =>
				this.#waiting.length < places && this.#waiting.push(accept) > 0,
		};
	}

	/**
	 * @param host an address, a name, "localhost" (127.0.0.1 and ::1, whichever exist), or "unix:" and a path
	 * @param port 0 for any free one; unix sockets have none
	 * @throws the system's error (EADDRINUSE, EACCES, ...); nothing stays open then
	 */
	listen(host: string, port: number): Promise<readonly ListeningAt[]> {
		if (host !== "localhost")
			return this.#openAll(async () => [await this.#openHost(host, port)]);
		return openBoth(port, () => this.#openAll(() => this.#openLocalhost(port)));
	}

	/**
	 * Listens on sockets that were passed to this process, and owns them from here on.
	 * @throws the system's error (EINVAL if one is not a listening socket); nothing stays open then
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
		this.#gate.isOpen = true;
		for (const accept of this.#waiting.splice(0)) accept();
	}

	/**
	 * Accepts the connections that the kernel has made already, which a close would reset, and closes. A client whose
	 * connection is made between the last look and the close is reset nevertheless.
	 */
	async closeOnceEmpty(): Promise<void> {
		// The first turn may begin after its look at the queue.
		let quietTurns = 0;
		const end = performance.now() + EMPTYING_MS;
		while (quietTurns < 2 && performance.now() < end) {
			const before = this.#accepted;
			await turn();
			quietTurns = this.#accepted === before ? quietTurns + 1 : 0;
		}
		this.close();
	}

	close(): void {
		for (const server of this.#servers.splice(0)) server.close();
	}

	async #openAll(open: () => Promise<ListeningAt[]>): Promise<ListeningAt[]> {
		try {
			return await open();
		} catch (error) {
			this.close();
			this.at.length = 0;
			throw error;
		}
	}

	async #openHost(host: string, port: number): Promise<ListeningAt> {
		return host.startsWith(UNIX)
			? await this.#open({ path: host.slice(UNIX.length) })
			: await this.#open({ host, port });
	}

	async #openLocalhost(port: number): Promise<ListeningAt[]> {
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

	async #open(on: ListenAddress): Promise<ListeningAt> {
		let isUnix = false;
		const gate = this.#gate;
		const options = {
			allowHalfOpen: true,
			noDelay: true,
			pauseOnConnect: true,
		};
		const server = createServer(options, (socket) => {
			this.#accepted++;
			const accept = () => this.#serve(socket, undefined, isUnix);
			if (gate.isOpen) accept();
			else if (!gate.wait(accept)) socket.destroy();
		});
		server.once("listening", () =>
			readIntoBuffers(server, gate, (socket, reads) => {
				this.#accepted++;
				this.#serve(socket, reads, isUnix);
			}),
		);
		const own = await listenAt(server, on);
		isUnix = own.port === null;
		server.on("error", this.#acceptFailed);
		this.#servers.push(server);
		this.at.push(own);
		return own;
	}
}
