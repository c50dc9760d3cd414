import type { AddressInfo, Server } from "node:net";
import { removeStale } from "./unix-socket.js";

/** Where to listen: an address, the path of a unix socket, or a listening socket that was passed to this process. */
export type Place =
	| { readonly host: string; readonly port: number }
	| { readonly path: string }
	| { readonly fd: number };

/** An address and port that we listen on. */
export interface ListeningAt {
	readonly address: string;
	/** Null: a unix socket, which no target leads to. Its address is "unix:" and the path. */
	readonly port: number | null;
}

/** What stands before the path of a unix socket wherever an address may stand. */
export const UNIX = "unix:";

/** Connections that wait to be accepted: a burst of a class opening its notebooks. The kernel may lower it (somaxconn). */
const BACKLOG = 4096;

/**
 * Opens the server there. A socket file that a killed process left is replaced; one that is served, or a file of another
 * kind, is not touched.
 * @throws the system's error (EADDRINUSE, EACCES, ...)
 */
export async function listenAt(
	server: Server,
	place: Place,
): Promise<ListeningAt> {
	if ("path" in place) await removeStale(place.path);
	await listening(server, place);
	return whereabouts(server, place);
}

function listening(server: Server, place: Place): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		// As nginx does it: who may come in is the folder's to say.
		const access = { readableAll: true, writableAll: true };
		server.listen({ ...place, ...access, backlog: BACKLOG }, () => {
			server.off("error", reject);
			resolve();
		});
	});
}

/** Of a unix socket that was passed to us Node does not know the path. */
function whereabouts(server: Server, place: Place): ListeningAt {
	const at = server.address() as AddressInfo | string | null;
	if (at === null)
		return {
			address: `${UNIX}${"fd" in place ? `descriptor ${place.fd}` : ""}`,
			port: null,
		};
	if (typeof at === "string") return { address: `${UNIX}${at}`, port: null };
	return { address: at.address, port: at.port };
}
