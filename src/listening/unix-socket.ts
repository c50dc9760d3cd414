import { once } from "node:events";
import { lstatSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";

/** No access for others, and no execution: bind() makes a socket with 0777 less this (unix(7)). */
const UMASK = 0o117;

/**
 * Listens on a unix socket with mode 0660; the caller owns the server and must close it, and then Node removes the socket.
 * A socket that a killed process left behind is replaced, one in use is not.
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
		// Binds before it returns, so that no other file is made with this mask.
		server.listen({ path });
	} finally {
		process.umask(before);
	}
	await listening;
}

/**
 * Removes a socket that a killed process left behind at the path.
 * @throws EADDRINUSE and what to do, when the socket is in use or the file is not a socket
 */
export async function removeStale(path: string): Promise<void> {
	const found = lstatSync(path, { throwIfNoEntry: false });
	if (found === undefined) return;
	if (!found.isSocket())
		refuse(`${path} exists and is not a socket; choose another path`);
	if (await isInUse(path))
		refuse(
			`${path} is in use by a running process; stop it or choose another path`,
		);
	// Another daemon may have replaced it in the meantime.
	const { ctimeMs } = lstatSync(path, { throwIfNoEntry: false }) ?? {};
	if (ctimeMs === found.ctimeMs) unlinkSync(path);
}

function refuse(message: string): never {
	throw Object.assign(new Error(message), { code: "EADDRINUSE" });
}

/** The socket was removed, or closed with our connection in its queue. */
const ENDED_JUST_NOW = new Set(["ENOENT", "ECONNRESET"]);

async function isInUse(path: string): Promise<boolean> {
	const socket = connect({ path });
	try {
		await once(socket, "connect");
		return true;
	} catch (error) {
		const { code = "" } = error as NodeJS.ErrnoException;
		// Its queue is full.
		if (code === "EAGAIN") return true;
		if (ENDED_JUST_NOW.has(code)) return false;
		// The workers of a supervisor that starts do not listen yet.
		if (code === "ECONNREFUSED") {
			const { isBound } = await import("./port-holder.js");
			return await isBound(path);
		}
		throw error;
	} finally {
		socket.destroy();
	}
}
