import { readdir, readFile, readlink, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { findHolders, type PortHolder } from "../../listening/port-holder.js";

/** The process that holds the port, as /proc and the files beside its script tell. */
export interface Daemon extends PortHolder {
	/** Of the galaxy-proxy that it runs, from the package.json beside its script; null where it is none. */
	readonly version: string | null;
	/** Milliseconds since 1970 at which it was started, and at which the program that it runs was last installed. */
	readonly startedAt: number;
	readonly installedAt: number;
	/** What its command line says, or its environment; undefined where neither does, or may not be read. */
	readonly cookie: string | undefined;
	readonly proxyPrefix: string | undefined;
	readonly account: Account | null;
	readonly openFiles: OpenFiles | null;
}

export interface Account {
	readonly uid: number;
	readonly groups: readonly number[];
}

export interface OpenFiles {
	readonly limit: number;
	readonly used: number;
}

/** Galaxy's own proxy is galaxy-proxy 0.0.1. */
export const LEGACY_VERSION = "0.0.1";

/**
 * Who listens on the port, or on the unix socket of this path; of several holders the one that is ours. Null where nobody
 * shows: nobody listens, or a process that this account may not look at.
 */
export async function findDaemon(at: number | string): Promise<Daemon | null> {
	const holders = await findHolders(at);
	const all = await Promise.all(holders.map(daemonOf));
	return all.find(({ version }) => version !== null) ?? all[0] ?? null;
}

async function daemonOf(holder: PortHolder): Promise<Daemon> {
	const { pid, command } = holder;
	const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "/");
	const program = await programOf(command, cwd);
	const set = await environmentOf(pid);
	const given = (flag: string, variable: string): string | undefined =>
		flagValue(command, flag) ?? (set.get(variable) || undefined);
	const sessions = given("--sessions", "GALAXY_PROXY_SESSIONS");
	return {
		pid,
		command,
		sessions:
			program === null || sessions === undefined
				? holder.sessions
				: resolve(cwd, sessions),
		version: program?.version ?? null,
		installedAt: program?.installedAt ?? 0,
		startedAt: await startOf(pid),
		cookie: given("--cookie", "GALAXY_PROXY_COOKIE"),
		proxyPrefix: given("--proxy-prefix", "GALAXY_PROXY_PROXY_PREFIX"),
		account: await accountOf(pid),
		openFiles: await openFilesOf(pid),
	};
}

/** A flag's value on a command line; of one that stands there twice the last counts. */
export function flagValue(
	command: readonly string[],
	flag: string,
): string | undefined {
	let value: string | undefined;
	for (const [at, word] of command.entries()) {
		if (word === flag) value = command[at + 1];
		else if (word.startsWith(`${flag}=`)) value = word.slice(flag.length + 1);
	}
	return value;
}

interface Program {
	readonly version: string;
	readonly installedAt: number;
}

/** The first word that is a file of a package galaxy-proxy, in its folder or in one below it. */
async function programOf(
	command: readonly string[],
	cwd: string,
): Promise<Program | null> {
	for (const word of command.slice(0, SCRIPT_AMONG)) {
		if (word.startsWith("-")) continue;
		const script = await realpath(resolve(cwd, word)).catch(() => undefined);
		if (script === undefined) continue;
		const folder = dirname(dirname(script));
		const version = await versionIn(join(folder, "package.json"));
		if (version !== undefined)
			return { version, installedAt: await installedIn(folder) };
	}
	return null;
}

/** Words of a command line among which the script is: node's own flags stand before it. */
const SCRIPT_AMONG = 8;

async function versionIn(path: string): Promise<string | undefined> {
	try {
		const text = await readFile(path, "utf8");
		const { name, version } = JSON.parse(text) as Record<string, unknown>;
		return name === "galaxy-proxy" && typeof version === "string"
			? version
			: undefined;
	} catch {
		// No package's folder, or not to be read: then this word is no script of ours.
		return undefined;
	}
}

/** Milliseconds since 1970; 0 where the legacy is installed, which has no dist/. */
async function installedIn(folder: string): Promise<number> {
	const program = join(folder, "dist", "main.js");
	return stat(program).then(
		({ ctimeMs }) => ctimeMs,
		() => 0,
	);
}

/** Ticks a second in which Linux tells times to programs (USER_HZ), on every common machine. */
const TICKS = 100;

/** proc_pid_stat(5): field 22, in ticks since the boot, whose time stands in /proc/stat. Infinity where that does not show. */
async function startOf(pid: number): Promise<number> {
	const [own, system] = await Promise.all(
		[`/proc/${pid}/stat`, "/proc/stat"].map((path) =>
			readFile(path, "latin1").catch(() => ""),
		),
	);
	// The name before the last bracket may hold blanks and brackets itself; behind it stands field 3.
	const ticks = own?.slice(own.lastIndexOf(")") + 2).split(" ")[19];
	const boot = /^btime (\d+)$/m.exec(system ?? "")?.[1];
	if (ticks === undefined || boot === undefined) return Infinity;
	return (Number(boot) + Number(ticks) / TICKS) * 1000;
}

/** Another account's may not be read: then it is empty. */
async function environmentOf(pid: number): Promise<Map<string, string>> {
	const text = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
	return new Map(
		text.split("\0").map((pair): [string, string] => {
			const equals = pair.indexOf("=");
			return [pair.slice(0, equals), pair.slice(equals + 1)];
		}),
	);
}

/** proc_pid_status(5): effective ids and supplementary groups. */
async function accountOf(pid: number): Promise<Account | null> {
	const status = await readFile(`/proc/${pid}/status`, "latin1").catch(
		() => "",
	);
	const numbers = (name: string): number[] =>
		(new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "")
			.split(/\s+/)
			.filter((word) => word !== "")
			.map(Number);
	const uid = numbers("Uid")[1];
	const gid = numbers("Gid")[1];
	if (uid === undefined || gid === undefined) return null;
	return { uid, groups: [gid, ...numbers("Groups")] };
}

async function openFilesOf(pid: number): Promise<OpenFiles | null> {
	const limits = await readFile(`/proc/${pid}/limits`, "latin1").catch(
		() => "",
	);
	const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
	if (limit === undefined) return null;
	const used = await readdir(`/proc/${pid}/fd`).catch(() => []);
	return { limit: Number(limit), used: used.length };
}
