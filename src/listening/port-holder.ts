import { readdir, readFile, readlink } from "node:fs/promises";
import { resolve } from "node:path";
import { isDatabaseUrl, shownUrl, withoutSecrets } from "../database.js";

/** A process that listens on a port, as far as this user can see it in /proc. */
export interface PortHolder {
	readonly pid: number;
	readonly parent: number;
	readonly command: readonly string[];
	/** Whether it is a galaxy-proxy, the legacy proxy or gx-it-proxy, by its command line. */
	readonly isProxy: boolean;
	/** Its --sessions: an absolute path, or the URL of a database without secrets; undefined if it has none there. */
	readonly sessions: string | undefined;
}

/**
 * Finds the processes that hold a TCP port, or a unix socket by its path: systemd also holds the sockets that it opened
 * for others. A supervisor comes before the workers that share its sockets. Empty when this user sees none.
 */
export async function findHolders(at: number | string): Promise<PortHolder[]> {
	const sockets = await socketsAt(at);
	if (sockets.size === 0) return [];
	const holders: PortHolder[] = [];
	for (const entry of await readdir("/proc").catch(() => [])) {
		if (!/^[0-9]+$/.test(entry)) continue;
		if (!(await holdsOneOf(entry, sockets))) continue;
		const holder = await describe(Number(entry));
		// It has ended since.
		if (holder.command.length > 0) holders.push(holder);
	}
	return parentsFirst(holders);
}

/** All proxies that this user can see, with the npx, npm and shell that started them. */
export async function findProxies(): Promise<PortHolder[]> {
	const pids = (await readdir("/proc").catch(() => [])).filter((entry) =>
		/^[0-9]+$/.test(entry),
	);
	const all = await Promise.all(pids.map((pid) => describe(Number(pid))));
	return parentsFirst(all.filter(({ isProxy }) => isProxy));
}

type Related = Pick<PortHolder, "pid" | "parent">;

/** Pids wrap around, so a parent may have a higher one than its children. */
export function parentsFirst<T extends Related>(processes: readonly T[]): T[] {
	const depth = ({ parent }: T): number => {
		const above = processes.find(({ pid }) => pid === parent);
		return above === undefined ? 0 : 1 + depth(above);
	};
	return processes.toSorted((one, other) => depth(one) - depth(other));
}

/** The names of the listening sockets there, whichever process holds them; each socket has its own name. */
export function socketsAt(at: number | string): Promise<Set<string>> {
	return typeof at === "number" ? tcpSockets(at) : unixSockets(at);
}

/** The flag of a listening socket in /proc/net/unix (__SO_ACCEPTCON). */
const ACCEPTS = 0x10000;

/** The listening sockets of a path, each as "socket:[inode]" (proc_pid_net(5): flags, type, state, inode, path). */
async function unixSockets(path: string): Promise<Set<string>> {
	const found = new Set<string>();
	for (const [, , , flags = "", , , inode] of await linesOfPath(path)) {
		const isListening = (Number.parseInt(flags, 16) & ACCEPTS) !== 0;
		if (isListening) found.add(`socket:[${inode}]`);
	}
	return found;
}

/** The state of a unix socket that is not connected in /proc/net/unix. Accepted ones have their listener's path too. */
const UNCONNECTED = "01";

/** Whether a process has bound a unix socket to this path, even if it does not listen yet. */
export async function isBound(path: string): Promise<boolean> {
	const lines = await linesOfPath(path);
	return lines.some(([, , , , , state]) => state === UNCONNECTED);
}

async function linesOfPath(path: string): Promise<string[][]> {
	const lines = await linesOf("/proc/net/unix");
	return lines.filter(([, , , , , , , ...name]) => name.join(" ") === path);
}

/** The state of a listening socket in /proc/net/tcp. */
const LISTENING = "0A";

/** The listening sockets of a port, each as "socket:[inode]" (proc_net_tcp: local address, state, inode). */
async function tcpSockets(port: number): Promise<Set<string>> {
	const hex = port.toString(16).toUpperCase().padStart(4, "0");
	const found = new Set<string>();
	for (const table of ["/proc/net/tcp", "/proc/net/tcp6"])
		for (const line of await linesOf(table)) {
			const [, local, , state, , , , , , inode] = line;
			if (state === LISTENING && local?.endsWith(`:${hex}`))
				found.add(`socket:[${inode}]`);
		}
	return found;
}

/** The columns of each line of a table in /proc/net. */
async function linesOf(table: string): Promise<string[][]> {
	const text = await readFile(table, "utf8").catch(() => "");
	const [, ...lines] = text.split("\n");
	return lines.map((line) => line.trim().split(/\s+/));
}

async function holdsOneOf(pid: string, sockets: Set<string>): Promise<boolean> {
	const folder = `/proc/${pid}/fd`;
	for (const fd of await readdir(folder).catch(() => [])) {
		const link = await readlink(`${folder}/${fd}`).catch(() => "");
		if (sockets.has(link)) return true;
	}
	return false;
}

/** The script of a proxy: as Galaxy, a supervisor or npm executes it. */
const SCRIPT = /(^|\/)(galaxy-proxy|gx-it-proxy|lib\/main)(\.js)?$/;

async function describe(pid: number): Promise<PortHolder> {
	const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
	const command = wordsIn(text).map(withoutSecrets);
	const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
	const parent = Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1]);
	const at = command.findIndex((word) => /^--sessions(?:=|$)/.test(word));
	if (at < 0) {
		const isProxy = command.some((word) => SCRIPT.test(word));
		return { pid, parent, command, isProxy, sessions: undefined };
	}
	const [, path = command[at + 1] ?? ""] =
		/=(.*)/s.exec(command[at] ?? "") ?? [];
	const folder = await readlink(`/proc/${pid}/cwd`).catch(() => "/");
	const scheme = /^\w+:\/\//.exec(path)?.[0];
	const shown = scheme ? `${scheme}...` : resolve(folder, path);
	const sessions = isDatabaseUrl(path) ? shownUrl(path) : shown;
	return { pid, parent, command, isProxy: true, sessions };
}

/** A proxy that hides a password has a title in place of its arguments: one text with blanks. */
function wordsIn(text: string): string[] {
	const words = text.split("\0").filter((word) => word !== "");
	return words.length === 1 ? (words[0] ?? "").split(" ") : words;
}
