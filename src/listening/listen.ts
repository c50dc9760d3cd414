import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { removeStale } from "./unix-socket.js";

/** An address, the path of a unix socket, or a listening socket that was passed to this process. */
export type ListenAddress =
	| { readonly host: string; readonly port: number }
	| { readonly path: string }
	| { readonly fd: number };

/** An address and port that we listen on. */
export interface ListeningAt {
	/** For a unix socket, "unix:" and its path. */
	readonly address: string;
	/** null, as in the log: a unix socket, which no target leads to. */
	readonly port: number | null;
}

/** Marks the path of a unix socket where an address is expected. */
export const UNIX = "unix:";

/** Connections that wait to be accepted: a burst when a class opens its notebooks. The kernel may lower it (somaxconn). */
const BACKLOG = 4096;

/** Attempts to find a port that is free at two addresses. */
const MOST_ATTEMPTS = 20;

/**
 * Opens "localhost", which is two addresses with one port. For port 0 the system chooses a port that is free at the first:
 * if another program has it at the second, all is tried again with another choice.
 * @param open leaves nothing open if it throws
 */
export async function openBoth<T>(
	port: number,
	open: () => T | Promise<T>,
): Promise<T> {
	for (let attempt = 1; ; attempt++)
		try {
			return await open();
		} catch (error) {
			const { code } = error as NodeJS.ErrnoException;
			const mayRepeat = port === 0 && code === "EADDRINUSE";
			if (!mayRepeat || attempt === MOST_ATTEMPTS) throw error;
		}
}

/**
 * Opens the server there; the caller owns it and must close it. A socket file that a killed process left behind is replaced, but
 * not one that is in use, nor any other file.
 * @throws the system's error (EADDRINUSE, EACCES, ...)
 */
export async function listenAt(
	server: Server,
	on: ListenAddress,
): Promise<ListeningAt> {
	if ("path" in on) await removeStale(on.path);
	const listening = once(server, "listening");
	// As in nginx: access is decided by the folder's permissions.
	const access = { readableAll: true, writableAll: true };
	// Node takes the backlog of a descriptor from the argument alone.
	server.listen({ ...on, ...access, backlog: BACKLOG }, BACKLOG);
	await listening;
	const at = server.address() as AddressInfo | string | null;
	if (typeof at === "string") return { address: `${UNIX}${at}`, port: null };
	if (at !== null) return { address: at.address, port: at.port };
	// Node does not know the path of a unix socket that was passed to us.
	const socket = "fd" in on ? `descriptor ${on.fd}` : "";
	return { address: `${UNIX}${socket}`, port: null };
}
