import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

/** An account of this system, as far as rights depend on it. */
export interface Account {
	readonly uid: number;
	readonly groups: readonly number[];
}

export interface NamedAccount extends Account {
	readonly name: string;
	/** Its folder in the user database. */
	readonly home: string;
}

/** Mode bits of stat(2). */
export const READ = 4;
export const WRITE = 2;
export const SEARCH = 1;

const run = promisify(execFile);
const PATIENCE_MS = 5000;

/** Judges by the mode bits and the account's own ACL entry. @throws the system's error if the path cannot be examined */
export async function isAllowed(
	account: Account,
	path: string,
	bit: number,
): Promise<boolean> {
	const { uid, groups } = account;
	if (uid === 0) return true;
	const stats = await stat(path);
	const shift = uid === stats.uid ? 6 : groups.includes(stats.gid) ? 3 : 0;
	if (((stats.mode >> shift) & bit) !== 0) return true;
	return uid !== stats.uid && isListed(account, path, bit);
}

const LETTERS: Readonly<Record<number, string>> = {
	[READ]: "r",
	[WRITE]: "w",
	[SEARCH]: "x",
};

/** Whether the path has an entry for this account that permits it, as setfacl -m u:NAME:x makes one. */
async function isListed({ uid }: Account, path: string, bit: number) {
	const args = ["-cnp", "--", path];
	const { stdout } = await run("getfacl", args, {
		timeout: PATIENCE_MS,
	}).catch(() => ({ stdout: "" }));
	const entry = new RegExp(
		`^user:${uid}:(\\S+)(?:\\s+#effective:(\\S+))?`,
		"m",
	);
	const [, given = "", effective = given] = entry.exec(stdout) ?? [];
	return effective.includes(LETTERS[bit] ?? " ");
}

/** A path, and the right to it that an account lacks. */
export interface Closed {
	readonly path: string;
	readonly bit: number;
}

/** The first folder above the path that the account may not enter, else the path if the account lacks the right to it. */
export async function closedTo(
	account: Account,
	path: string,
	bit: number,
): Promise<Closed | undefined> {
	const folder = await closedFolder(account, path);
	if (folder !== undefined) return { path: folder, bit: SEARCH };
	return (await isAllowed(account, path, bit)) ? undefined : { path, bit };
}

/** The command that gives this account alone the rights. Mode bits would give them to all others too. */
export function permitting(
	{ name }: NamedAccount,
	rights: "x" | "rwx",
	path: string,
): string {
	return `setfacl -m u:${name}:${rights} ${path} (setfacl is in Debian's package acl)`;
}

/** The first folder above the path that the account may not enter. */
async function closedFolder(
	account: Account,
	path: string,
): Promise<string | undefined> {
	const folders: string[] = [];
	for (let at = dirname(path); ; at = dirname(at)) {
		folders.unshift(at);
		if (at === dirname(at)) break;
	}
	for (const folder of folders)
		if (!(await isAllowed(account, folder, SEARCH))) return folder;
	return undefined;
}

/** @param who a name or a number; undefined if the system does not know it */
export async function accountOf(
	who: string | number,
): Promise<NamedAccount | undefined> {
	const line = await userLine(String(who));
	const [name = "", , uid, gid, , home = ""] = line.trim().split(":");
	if (!uid) return undefined;
	const { stdout } = await run("id", ["-G", name], {
		timeout: PATIENCE_MS,
	}).catch(() => ({ stdout: gid ?? "" }));
	const groups = stdout.trim().split(/\s+/).map(Number);
	return { name, uid: Number(uid), groups, home };
}

/** passwd(5), from all sources of the system. */
async function userLine(who: string): Promise<string> {
	const asked = run("getent", ["passwd", who], { timeout: PATIENCE_MS });
	return asked.then(({ stdout }) => stdout).catch(() => userInFile(who));
}

async function userInFile(who: string): Promise<string> {
	const text = await readFile("/etc/passwd", "utf8").catch(() => "");
	const lines = text.split("\n").map((line) => line.split(":"));
	const found = lines.find(([name, , uid]) => name === who || uid === who);
	return found?.join(":") ?? "";
}
