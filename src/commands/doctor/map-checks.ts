import { existsSync } from "node:fs";
import { access, constants, readdir, stat, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Unreadable } from "../../session-map/unreadable.js";
import { isOnNetwork } from "../../session-map/watch.js";
import {
	codeOf,
	doubtful,
	type Found,
	good,
	messageOf,
	wrong,
} from "./finding.js";
import type { Scene } from "./scene.js";

/** Seconds. A live writer holds Galaxy's lock file for milliseconds, and waits for it 10 s. */
const STALE_LOCK_S = 15;
const DAY_S = 86_400;
/** Days after which an unchanged map is more likely the wrong file than a quiet Galaxy. */
const OLD_DAYS = 30;

/** Is it there, is it a map, how many rows? */
export async function mapFound({ config, rows }: Scene): Promise<Found> {
	const path = config.sessions;
	try {
		const { form, isWal, count } = await rows();
		const mode = isWal ? ", WAL mode" : "";
		const number = count === 1 ? "1 row" : `${count} rows`;
		return good(`${path}: ${form}${mode}, ${number}`);
	} catch (error) {
		if (!(error instanceof Unreadable)) throw error;
		const [what, ...rest] = error.message.split(/(?<=\.) |(?<=\)): /);
		// Before the first environment there is none.
		const isNew = codeOf(error.cause) === "ENOENT" && existsSync(dirname(path));
		return (isNew ? doubtful : wrong)(
			what ?? "",
			rest.join(" ") || "Check --sessions, the file and its file system.",
		);
	}
}

/** Galaxy's FileLock is a file beside the map; one that a crash left makes every launch fail after 10 s. */
export async function lockFound({ config }: Scene): Promise<Found> {
	const lock = `${config.sessions}.lock`;
	const age = await ageOf(lock);
	if (age === undefined)
		return good("no lock file of Galaxy's is beside the map");
	if (age < STALE_LOCK_S)
		return good("Galaxy, or somebody in its way, is writing the map now");
	return wrong(
		`${lock} is ${inWords(age)} old: who made it died, and every launch in Galaxy fails until it is gone`,
		`If no Galaxy process is writing just now: rm ${lock}`,
	);
}

/** When was it last changed, and is another map fresher? */
export async function ageFound({ config }: Scene): Promise<Found | Found[]> {
	const path = config.sessions;
	const age = await ageOf(path);
	// That it is not there has been said.
	if (age === undefined) return [];
	const fresher = await fresherBeside(path, age);
	if (fresher !== undefined)
		return doubtful(
			`${fresher} was changed after ${basename(path)} (${inWords(age)} ago)`,
			"Which one does Galaxy write? Compare --sessions with Galaxy's dynamic_proxy_session_map.",
		);
	if (age < -1)
		return doubtful(
			`last changed ${inWords(-age)} in the future`,
			"Set the clock of this host, or of the file server.",
		);
	if (age > OLD_DAYS * DAY_S)
		return doubtful(
			`last changed ${inWords(age)} ago`,
			"Start an environment from Galaxy and run doctor again: if that changed nothing here, compare --sessions with Galaxy's dynamic_proxy_session_map.",
		);
	return good(`last changed ${inWords(Math.max(0, age))} ago`);
}

/** Another session map in the same folder: Galaxy switched between SQLite and JSON, or the path was typed wrong. */
async function fresherBeside(
	path: string,
	age: number,
): Promise<string | undefined> {
	const folder = dirname(path);
	for (const name of await readdir(folder)) {
		if (!/session_?map.*\.(sqlite|json|xml)$/i.test(name)) continue;
		if (name === basename(path)) continue;
		const other = await ageOf(join(folder, name));
		if (other !== undefined && other < age - 1) return join(folder, name);
	}
	return undefined;
}

/** On which kind of file system, and does its journal mode work there? */
export async function fileSystemFound({
	config,
	rows,
}: Scene): Promise<Found | Found[]> {
	const path = config.sessions;
	// That its folder is not there has been said.
	if (!existsSync(dirname(path))) return [];
	const { isWal } = await rows().catch(() => ({ isWal: false }));
	if (await isOnNetwork(path)) {
		if (isWal)
			return wrong(
				`${path} is in WAL mode on a network file system, where SQLite's log is not shared between hosts`,
				`Put it on a local disk, or: sqlite3 ${path} 'PRAGMA journal_mode=DELETE'`,
			);
		return doubtful(
			`${path} is on a network file system: the proxy looks every second, so a new environment shows up to 2 s late, and what the mount caches longer`,
			"Put the map on a local disk of the host that Galaxy and the proxy share.",
		);
	}
	if (isWal && !(await mayWrite(dirname(path))))
		return doubtful(
			`${path} is in WAL mode, and this account may not write in its folder, which readers need for the -shm file`,
			`Let the proxy's account write there, or: sqlite3 ${path} 'PRAGMA journal_mode=DELETE'`,
		);
	return good(`local (${await typeOf(path)})${isWal ? ", WAL mode" : ""}`);
}

async function mayWrite(path: string): Promise<boolean> {
	return access(path, constants.W_OK).then(
		() => true,
		() => false,
	);
}

async function typeOf(path: string): Promise<string> {
	const where = await statfs(path).catch(() => statfs(dirname(path)));
	return `statfs type 0x${(where.type >>> 0).toString(16)}`;
}

/** Seconds since its last change, its write-ahead log's included; undefined where it is not there. */
async function ageOf(path: string): Promise<number | undefined> {
	const times = await Promise.all(
		[path, `${path}-wal`].map((each) => changedAt(each)),
	);
	const [main, log = 0] = times;
	if (main === undefined) return undefined;
	return (Date.now() - Math.max(main, log)) / 1000;
}

async function changedAt(path: string): Promise<number | undefined> {
	try {
		return (await stat(path)).mtimeMs;
	} catch (error) {
		if (["ENOENT", "ENOTDIR", "EACCES"].includes(codeOf(error)))
			return undefined;
		throw new Error(`${path}: ${messageOf(error)}`, { cause: error });
	}
}

/** 90 -> "1 minute". */
export function inWords(seconds: number): string {
	const units = [
		[DAY_S, "day"],
		[3600, "hour"],
		[60, "minute"],
		[1, "second"],
	] as const;
	const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, "second"];
	const count = Math.floor(seconds / size);
	return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
