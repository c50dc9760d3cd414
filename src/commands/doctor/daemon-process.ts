import { readdir, readFile, readlink, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { flagName, variableName } from "../../config/config.js";
import { isDatabaseUrl, shownUrl } from "../../database.js";
import { findHolders, type PortHolder } from "../../listening/port-holder.js";

/** The process that holds the proxy's port, according to /proc and to the package of its script. */
export type DaemonProcess = Awaited<ReturnType<typeof daemonOf>> & {
	/** When the first of the workers that serve was started; undefined if it has none. */
	readonly workersStartedAt?: number;
};

/** Galaxy's own proxy is galaxy-proxy 0.0.1. */
export const LEGACY_VERSION = "0.0.1";

/** Flags that name a file with a secret, in camelCase. */
export const SECRET_FLAGS = [
	"sessionsFile",
	"adminTokenFile",
	"forwardSecretFile",
];

/** The number of words in which the script is looked for: node's own flags precede it. */
const SCRIPT_AMONG = 8;

/** USER_HZ: the ticks per second in which Linux reports times, on every common machine. */
const TICKS = 100;

/**
 * The process that listens on the port, or on the unix socket with this path. If several do, prefers a galaxy-proxy.
 * Undefined if none does, or if this account may not look at the process.
 */
export async function findDaemon(
	at: number | string,
): Promise<DaemonProcess | undefined> {
	const holders = await findHolders(at);
	const all = await Promise.all(holders.map(daemonOf));
	const ours = all.filter(({ version }) => version !== undefined);
	const workersOf = (pid: number) =>
		ours.filter(({ parent }) => parent === pid);
	const supervisor = ours.find(({ pid }) => workersOf(pid).length > 0);
	if (supervisor === undefined) return ours[0] ?? all[0];
	const starts = workersOf(supervisor.pid).map(({ startedAt }) => startedAt);
	return { ...supervisor, workersStartedAt: Math.min(...starts) };
}

async function daemonOf(holder: PortHolder) {
	const { pid, parent, command } = holder;
	const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "/");
	const found = await packageOf(command, cwd);
	const installed = found?.isOriginal ? undefined : found;
	const original = found?.isOriginal ? found : undefined;
	const env = (await procText(`${pid}/environ`)).split("\0");
	const setting = (name: string): string | undefined =>
		lastValue(command, flagName(name)) ??
		(lastValue(env, variableName(name)) || undefined);
	const sessions = setting("sessions");
	const status = await procText(`${pid}/status`);
	return {
		pid,
		parent,
		command,
		/** The version of the galaxy-proxy that it runs; undefined for another program. */
		version: installed?.version,
		/** The version of the original gx-it-proxy, if it runs that. */
		originalVersion: original?.version,
		/** When the program that it runs was last installed, and when it was started, in milliseconds since 1970. */
		installedAt: installed?.at ?? 0,
		startedAt: await startOf(pid),
		/** Settings from its command line or its environment, which may be unreadable. The map's path is absolute. */
		sessions:
			installed === undefined || sessions === undefined
				? holder.sessions
				: isDatabaseUrl(sessions)
					? shownUrl(sessions)
					: resolve(cwd, sessions),
		cookie: setting("cookie"),
		proxyPrefix: setting("proxyPrefix"),
		proxyPathPrefix: setting("proxyPathPrefix"),
		allowTarget: setting("allowTarget"),
		/** Files with secrets, by the setting that names them. */
		secretFiles: [
			...SECRET_FLAGS.map((name) => [flagName(name), setting(name)] as const),
			["PGPASSFILE", lastValue(env, "PGPASSFILE")] as const,
		].flatMap(([name, file]) =>
			file ? [[name, resolve(cwd, file)] as const] : [],
		),
		account: accountIn(status),
		openFiles: await openFilesOf(pid),
	};
}

/** The value in "NAME=value", or in the words "NAME" and "value". The last one of several counts. */
function lastValue(words: readonly string[], name: string) {
	const at = words.findLastIndex(
		(word) => word === name || word.startsWith(`${name}=`),
	);
	const word = words[at];
	return word === name ? words[at + 1] : word?.slice(name.length + 1);
}

/** The package of the first word that is a file in our package or in a predecessor's; for the latter `at` is 0, because it has no dist/. */
async function packageOf(command: readonly string[], cwd: string) {
	for (const word of command.slice(0, SCRIPT_AMONG)) {
		if (word.startsWith("-")) continue;
		// A word that is not a file cannot be the script.
		const script = await realpath(resolve(cwd, word)).catch(() => undefined);
		if (script === undefined) continue;
		const folder = dirname(dirname(script));
		const { name, version } = await manifestIn(folder);
		if (typeof version !== "string") continue;
		const main = stat(join(folder, "dist", "main.js"));
		const { ctimeMs } = await main.catch(() => ({ ctimeMs: 0 }));
		const isOfTools = /^(?:@galaxyproject\/)?gx-it-proxy$/.test(String(name));
		if (name !== "galaxy-proxy" && !isOfTools) continue;
		// The original gx-it-proxy has no dist/ either.
		return { version, at: ctimeMs, isOriginal: isOfTools && ctimeMs === 0 };
	}
	return undefined;
}

/** Empty if the folder has no readable package.json. */
function manifestIn(folder: string): Promise<Record<string, unknown>> {
	const text = readFile(join(folder, "package.json"), "utf8");
	return text.then((json) => JSON.parse(json) ?? {}).catch(() => ({}));
}

/** proc_pid_stat(5): field 22, in ticks since the boot, whose time is in /proc/stat. Infinity if they cannot be read. */
async function startOf(pid: number): Promise<number> {
	const own = await procText(`${pid}/stat`);
	// The name before the last bracket may contain blanks and brackets; field 3 follows it.
	const ticks = own.slice(own.lastIndexOf(")") + 2).split(" ")[19];
	const boot = /^btime (\d+)$/m.exec(await procText("stat"))?.[1];
	if (ticks === undefined || boot === undefined) return Infinity;
	return (Number(boot) + Number(ticks) / TICKS) * 1000;
}

/** proc_pid_status(5): effective ids and supplementary groups. */
function accountIn(status: string) {
	const numbers = (name: string): number[] => {
		const [, ids = ""] = new RegExp(`^${name}:(.*)$`, "m").exec(status) ?? [];
		return (ids.match(/\d+/g) ?? []).map(Number);
	};
	const [uid, gid] = [numbers("Uid")[1], numbers("Gid")[1]];
	if (uid === undefined || gid === undefined) return undefined;
	return { uid, groups: [gid, ...numbers("Groups")] };
}

async function openFilesOf(pid: number) {
	const limits = await procText(`${pid}/limits`);
	const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
	if (limit === undefined) return undefined;
	const used = await readdir(`/proc/${pid}/fd`).catch(() => []);
	return { limit: Number(limit), used: used.length };
}

/** Empty for a file that this account may not read. */
function procText(path: string): Promise<string> {
	return readFile(`/proc/${path}`, "utf8").catch(() => "");
}
