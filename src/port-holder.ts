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
	const sockets = await listeningSockets(port);
	if (sockets.size === 0) return null;
	for (const entry of await readdir("/proc").catch(() => [])) {
		if (!/^[0-9]+$/.test(entry)) continue;
		if (await holdsOneOf(entry, sockets)) return describe(Number(entry));
	}
	return null;
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
