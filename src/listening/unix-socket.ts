import { once } from "node:events";
import { lstatSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";

/** No access for others, no execution: bind() makes a socket with 0777 less this (unix(7)). */
const UMASK = 0o117;

/**
 * Listens on a unix socket with mode 0660. One that a killed process has left is replaced, one that is listened on is
 * not. Node removes it when the server closes.
 * @throws as removeStale, and the system's error
 */
export async function listenOnUnixSocket(
	server: Server,
	path: string,
): Promise<void> {
	await removeStale(path);
	const listening = once(server, "listening");
	const before = process.umask(UMASK);
	try {
		// Bound before this returns, so that no other file is made meanwhile.
		server.listen({ path });
	} finally {
		process.umask(before);
	}
	await listening;
}

/**
 * Takes away what a killed process has left at the path, so that it can be listened on.
 * @throws EADDRINUSE, with what to do, where somebody listens there or something else is there
 */
export async function removeStale(path: string): Promise<void> {
	const found = lstatSync(path, { throwIfNoEntry: false });
	if (found === undefined) return;
	if (!found.isSocket())
		throw inUse(`${path} is there and is no socket; choose another path`);
	if (await isListenedOn(path))
		throw inUse(
			`${path} is in use by a running process; stop it or choose another path`,
		);
	unlinkSync(path);
}

function inUse(message: string): NodeJS.ErrnoException {
	return Object.assign(new Error(message), { code: "EADDRINUSE" });
}

async function isListenedOn(path: string): Promise<boolean> {
	const socket = connect({ path });
	try {
		await once(socket, "connect");
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return false;
		throw error;
	} finally {
		socket.destroy();
	}
}
