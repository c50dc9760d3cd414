import { lookup } from "node:dns/promises";
import { chmodSync, rmSync, statSync } from "node:fs";
import net, { isIP, isIPv6 } from "node:net";
import { getSystemErrorMap } from "node:util";
import { type ListeningAt, openBoth, UNIX } from "./listen.js";
import { removeStale } from "./unix-socket.js";

/** A socket that has its address and accepts nothing itself: other processes listen on its descriptor. */
export interface BoundSocket {
	readonly fd: number;
	readonly at: ListeningAt;
	/** Gives the address up, unless another process still has the descriptor. */
	close(): void;
}

/** Node's own handle of a socket, and what BoundSocket has in common with it. */
interface Handle {
	readonly fd: number;
	/** @returns an errno, negative, that bind() failed with */
	getsockname?(at: { address?: string; port?: number }): number;
	close(): void;
}

/** Parts of node:net that some versions of Node lack. BoundSocket is documented; cluster uses the other one. */
interface BindingNet {
	readonly BoundSocket?: new (options: {
		host?: string;
		port?: number;
		path?: string;
	}) => {
		fd(): number;
		address(): { address: string; port: number };
		close(): void;
	};
	readonly _createServerHandle?: (
		address: string,
		port: number,
		type: number,
	) => Handle | number;
}

const { BoundSocket, _createServerHandle: createHandle } =
	net as unknown as BindingNet;

/**
 * Binds the address as listen() would, for "localhost" each of 127.0.0.1 and ::1 that exists. The caller must close the sockets.
 * @param host an address, a name, "localhost", or "unix:" and a path
 * @throws the system's error (EADDRINUSE, EACCES, ...); nothing stays bound then
 */
export async function bindSockets(
	host: string,
	port: number,
): Promise<readonly BoundSocket[]> {
	if (host.startsWith(UNIX)) return [await bindPath(host.slice(UNIX.length))];
	if (host !== "localhost") return [await bindAddress(host, port)];
	return await openBoth(port, () => bindLocalhost(port));
}

function bindLocalhost(port: number): readonly BoundSocket[] {
	const first = bindIfExists("127.0.0.1", port);
	try {
		const second = bindIfExists("::1", first?.at.port ?? port);
		const both = [first, second].filter((each) => each !== undefined);
		if (both.length > 0) return both;
	} catch (error) {
		first?.close();
		throw error;
	}
	throw new Error("neither 127.0.0.1 nor ::1 exists");
}

async function bindAddress(host: string, port: number): Promise<BoundSocket> {
	const address = isIP(host) ? host : (await lookup(host)).address;
	return bind(address, port);
}

function bindIfExists(host: string, port: number): BoundSocket | undefined {
	try {
		return bind(host, port);
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return undefined;
		throw error;
	}
}

function bind(address: string, port: number): BoundSocket {
	if (BoundSocket !== undefined) {
		const socket = new BoundSocket({ host: address, port });
		const { address: own, port: chosen } = socket.address();
		return {
			fd: socket.fd(),
			at: { address: own, port: chosen },
			close: () => socket.close(),
		};
	}
	const handle = created(address, port, isIPv6(address) ? 6 : 4);
	const name = { address, port };
	// libuv reports a taken address only now.
	const failure = handle.getsockname?.(name) ?? 0;
	const at = { address: name.address, port: name.port };
	if (failure === 0) return { fd: handle.fd, at, close: () => handle.close() };
	handle.close();
	throw systemError(failure, `${address}:${port}`);
}

/** BoundSocket takes no path before Node 24.20. */
async function bindPath(path: string): Promise<BoundSocket> {
	await removeStale(path);
	const handle = created(path, -1, -1);
	// As in nginx: access is decided by the folder's permissions.
	chmodSync(path, statSync(path).mode | 0o666);
	return {
		fd: handle.fd,
		at: { address: `${UNIX}${path}`, port: null },
		close() {
			handle.close();
			rmSync(path, { force: true });
		},
	};
}

function created(address: string, port: number, type: number): Handle {
	if (createHandle === undefined)
		throw new Error(
			`Node ${process.versions.node} cannot bind an address without accepting clients: --workers needs Node 20 to 26, or a later one with net.BoundSocket`,
		);
	const handle = createHandle(address, port, type);
	if (typeof handle === "number")
		throw systemError(handle, port < 0 ? address : `${address}:${port}`);
	return handle;
}

/** As Node words the errors of listen(). */
function systemError(errno: number, where: string): Error {
	const [code, text] = getSystemErrorMap().get(errno) ?? ["", "failed"];
	const message = `bind ${code}: ${text} ${where}`;
	return Object.assign(new Error(message), { code, errno });
}
