import type { Server, Socket } from "node:net";
import { listenAt, type Place, UNIX } from "../listening/listen.js";
import type { ListeningAt } from "../listening/own-listener.js";
import { Gate, serverFor } from "./accept.js";
import type { ClientReads } from "./client-reads.js";

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
