import { readdir, readFile, readlink } from "node:fs/promises";
import { resolve } from "node:path";

/** Who listens on a port, as far as /proc tells this user. */
export interface PortHolder {
	readonly pid: number;
	readonly command: readonly string[];
	/** Absolute path of its --sessions; null where it is no galaxy-proxy or legacy proxy. */
	readonly sessions: string | null;
}

const LISTENING = "0A";

/** Finds the process that holds a TCP port; null where none shows (another user's, no /proc). */
export async function findPortHolder(port: number): Promise<PortHolder | null> {
	const [first] = await findHolders(port);
	return first ?? null;
}

/**
 * The processes that hold a TCP port, or a unix socket by its path: systemd holds what it has opened for another as well.
 * None where none shows.
 */
export async function findHolders(at: number | string): Promise<PortHolder[]> {
	const sockets =
		typeof at === "number"
			? await listeningSockets(at)
			: await listeningAtPath(at);
	if (sockets.size === 0) return [];
	const holders: PortHolder[] = [];
	for (const entry of await readdir("/proc").catch(() => [])) {
		if (!/^[0-9]+$/.test(entry)) continue;
		if (await holdsOneOf(entry, sockets))
			holders.push(await describe(Number(entry)));
	}
	return holders;
}

/** __SO_ACCEPTCON, as /proc/net/unix shows it: the socket listens. */
const ACCEPTS = 0x10000;

/** proc_pid_net(5), /proc/net/unix: flags, type, state, inode, path. */
async function listeningAtPath(path: string): Promise<Set<string>> {
	const text = await readFile("/proc/net/unix", "utf8").catch(() => "");
	const found = new Set<string>();
	for (const line of text.split("\n").slice(1)) {
		const [, , , flags = "", , , inode, ...name] = line.trim().split(/\s+/);
		const isListening = (Number.parseInt(flags, 16) & ACCEPTS) !== 0;
		if (isListening && name.join(" ") === path) found.add(`socket:[${inode}]`);
	}
	return found;
}

/** "socket:[inode]" of each listener, out of /proc/net (proc_net_tcp: local address, state, inode). */
async function listeningSockets(port: number): Promise<Set<string>> {
	const hex = port.toString(16).toUpperCase().padStart(4, "0");
	const found = new Set<string>();
	for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
		const text = await readFile(table, "latin1").catch(() => "");
		for (const line of text.split("\n").slice(1)) {
			const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
			if (state === LISTENING && local?.endsWith(`:${hex}`))
				found.add(`socket:[${inode}]`);
		}
	}
	return found;
}

async function holdsOneOf(pid: string, sockets: Set<string>): Promise<boolean> {
	const folder = `/proc/${pid}/fd`;
	for (const fd of await readdir(folder).catch(() => [])) {
		const link = await readlink(`${folder}/${fd}`).catch(() => "");
		if (sockets.has(link)) return true;
	}
	return false;
}

async function describe(pid: number): Promise<PortHolder> {
	const command = (
		await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")
	)
		.split("\0")
		.filter((word) => word !== "");
	const at = command.findIndex((word) => /^--sessions(?:=|$)/.test(word));
	if (at < 0) return { pid, command, sessions: null };
	const word = command[at] as string;
	const path = word.includes("=")
		? word.slice(word.indexOf("=") + 1)
		: command[at + 1];
	const folder = await readlink(`/proc/${pid}/cwd`).catch(() => "/");
	return { pid, command, sessions: resolve(folder, path ?? "") };
}
