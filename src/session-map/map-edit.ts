// Longer than 300 lines: the lock and the statements of each form of map are one contract with Galaxy.
import {
	accessSync,
	constants,
	existsSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { authorityOf } from "../http1/request-head.js";
import type { Mode } from "../mode.js";
import { partsOf, type Target } from "../route.js";
import { parseJsonMap } from "./json-file.js";
import type { Entry } from "./map-list.js";
import { TABLES } from "./row.js";
import {
	type Connection,
	type Driver,
	isWritersDoing,
	loadDriver,
} from "./sqlite-driver.js";
import { DELETE_TOOL_AS_READ, writeTool } from "./tool-edit.js";
import {
	codeOf,
	otherError,
	settingOf,
	unreadableSqlite,
} from "./unreadable.js";

export interface MapEdit {
	/** Whose map it is; environments' by default. */
	readonly mode?: Mode;
	/** Of the map, absolute. */
	readonly path: string;
	/** Ends the wait for other writers. A change that has begun is completed or undone, and Galaxy's lock removed. */
	readonly signal: AbortSignal;
	/** Called once each with the lock file and the map, if another process holds it for longer than a write takes. */
	readonly onWait: (held: string) => void;
}

export interface Edit extends MapEdit {
	readonly key: string;
}

/** The session map was not changed. The message tells an admin the problem and the remedy. */
export class NotWritten extends Error {}

/**
 * Gives the session this target, as Galaxy does when it has started a container: under its lock, with its statements, in
 * the map's own form. A missing map is created as Galaxy from 17.05 on creates it.
 * @returns whether the map was created
 * @throws NotWritten, NoDriver, Unreadable if the file is not a map, AbortError
 */
export async function addSession(edit: Edit, target: Target): Promise<boolean> {
	return underFileLock(edit, async () => {
		const isNew = !existsSync(edit.path);
		await write(edit, target);
		return isNew;
	});
}

/**
 * Removes the session from the map. Galaxy itself never does.
 * @returns whether it was in the map
 * @throws as addSession
 */
export async function removeSession(edit: Edit): Promise<boolean> {
	return underFileLock(edit, async () => {
		if (existsSync(edit.path)) return write(edit, undefined);
		throw new NotWritten(
			`${edit.path} does not exist. Compare --sessions with Galaxy's ${settingOf(edit.mode ?? "gie")}.`,
		);
	});
}

/**
 * Removes rows of a gxproxy2, each only if its key, host, port and ids are still as they were read. Not for JSON maps,
 * in which dead rows cannot be recognised.
 * @returns the number of rows removed
 * @throws as addSession
 */
export async function removeRows(
	edit: MapEdit,
	entries: readonly Entry[],
): Promise<number> {
	return underFileLock(edit, () =>
		inTransaction(edit, (connection) => {
			const isOfTools = edit.mode === "gxit";
			const remove = connection.prepare(
				isOfTools ? DELETE_TOOL_AS_READ : DELETE_AS_READ,
			);
			let removed = 0;
			for (const { key, row } of entries) {
				if (row === undefined) continue;
				const last = isOfTools ? row.rowid : row.ids;
				const asRead = [row.host, row.port, last] as (string | null)[];
				removed += Number(remove.run(key, ...asRead).changes);
			}
			return removed;
		}),
	);
}

/** Replaces or, without a target, removes the session. Returns whether it was in the map. */
async function write(edit: Edit, target: Target | undefined): Promise<boolean> {
	if (!edit.path.endsWith(".sqlite")) return writeJson(edit, target);
	const write = edit.mode === "gxit" ? writeTool : writeSqlite;
	return inTransaction(edit, (connection) =>
		write(connection, edit.key, target),
	);
}

const WRITE_ERRORS: Readonly<Record<string, string>> = {
	ENOENT:
		"cannot be made: its folder does not exist. Compare --sessions with Galaxy's dynamic_proxy_session_map",
	EACCES: "may not be written by this account. Run this as Galaxy's user",
	EROFS: "is on a file system that is mounted read-only",
};

function notWritten(path: string, error: unknown): NotWritten {
	const words = WRITE_ERRORS[codeOf(error)] ?? otherError("written", error);
	return new NotWritten(`${path} ${words}.`, { cause: error });
}

// ---- Galaxy's lock

/** Milliseconds between two attempts, and until giving up, both as in Galaxy (lib/galaxy/util/filelock.py). */
const DELAY_MS = 50;
const LOCK_MS = 10_000;
/** Milliseconds until onWait(); a writer holds the lock for a few. */
const WAIT_MS = 500;

/**
 * Runs `work` while this process holds Galaxy's lock on the map: a file next to it, which only one process can create.
 * Readers ignore it. It is removed when the work has ended in any way.
 * @param patience milliseconds to wait for another process
 * @throws NotWritten if the lock is not released; AbortError
 */
export async function underFileLock<T>(
	{ path, signal, onWait }: MapEdit,
	work: () => Promise<T>,
	patience = LOCK_MS,
): Promise<T> {
	const lock = `${path}.lock`;
	const started = performance.now();
	let isReported = false;
	while (!isMade(lock)) {
		const waited = performance.now() - started;
		if (waited >= WAIT_MS && !isReported) {
			isReported = true;
			onWait(lock);
		}
		if (waited >= patience)
			throw new NotWritten(
				`${lock} is still there after ${patience / 1000} s: the process that writes the map holds it, or has died and left it. If it is older than a minute, delete it; Galaxy cannot start environments either while it is there.`,
			);
		await pause(DELAY_MS, undefined, { signal });
	}
	// Forced, because our own message tells people to delete it.
	const unlock = () => rmSync(lock, { force: true });
	process.once("exit", unlock);
	try {
		if (existsSync(path)) accessSync(path, constants.W_OK);
		return await work();
	} catch (error) {
		const isOfFiles = error instanceof Error && "syscall" in error;
		throw isOfFiles ? notWritten(path, error) : error;
	} finally {
		process.off("exit", unlock);
		unlock();
	}
}

function isMade(lock: string): boolean {
	try {
		writeFileSync(lock, "", { flag: "wx" });
		return true;
	} catch (error) {
		if (codeOf(error) === "EEXIST") return false;
		throw notWritten(lock, error);
	}
}

// ---- JSON

/** Keeps the era of the map. Like Galaxy it overwrites the file instead of replacing it, which keeps the file's owner. */
function writeJson(edit: Edit, target: Target | undefined): boolean {
	const { path } = edit;
	const isOfTools = edit.mode === "gxit";
	const { key, token } = isOfTools
		? partsOf(edit.key)
		: { key: edit.key, token: "" };
	const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
	const entries = entriesIn(path, before);
	const isOld = isOfOldEra(entries);
	const own = [...entries].filter(
		([name, value]) => name === key || value === key,
	);
	for (const [name] of own) entries.delete(name);
	if (target !== undefined && isOfTools)
		entries.set(key, {
			host: target.host,
			port: target.port,
			token,
			info: null,
		});
	else if (target !== undefined && isOld) entries.set(authorityOf(target), key);
	else if (target !== undefined)
		entries.set(key, {
			host: target.host,
			port: target.port,
			container_ids: [],
			container_interface: null,
		});
	if (target === undefined && own.length === 0) return false;
	try {
		// Not by assignments: a key may be __proto__.
		writeFileSync(path, JSON.stringify(Object.fromEntries(entries)));
	} catch (error) {
		// On a full disk there is room for the old text, because the file has just been truncated.
		if (before === undefined) rmSync(path, { force: true });
		else writeFileSync(path, before);
		throw error;
	}
	return own.length > 0;
}

/** {"host:port": session}, as Galaxy wrote it up to 17.01. */
function isOfOldEra(entries: ReadonlyMap<string, unknown>): boolean {
	const values = [...entries.values()];
	return (
		values.some((value) => typeof value === "string") &&
		!values.some((value) => typeof value === "object" && value !== null)
	);
}

function entriesIn(path: string, text = "{}"): Map<string, unknown> {
	try {
		return new Map(Object.entries(parseJsonMap(text)));
	} catch (cause) {
		throw new NotWritten(
			`${path} is not a whole JSON document (${String(cause)}). Restore it, or move it away.`,
			{ cause },
		);
	}
}

// ---- SQLite

/** Galaxy's own text. */
const CREATE =
	"CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text)";
const DELETE = "DELETE FROM gxproxy2 WHERE key=?";
const INSERT =
	"INSERT INTO gxproxy2 (key, host, port, container_ids, container_interface) VALUES (?, ?, ?, ?, ?)";
/** The port as text, as it is read. */
const DELETE_AS_READ =
	"DELETE FROM gxproxy2 WHERE key=? AND host IS ? AND CAST(port AS TEXT) IS ? AND container_ids IS ?";
/** Before 17.05. Galaxy kept the old rows, and the last one counts. */
const INSERT_OLD = "INSERT INTO gxproxy (key, secret) VALUES (?, ?)";
const DELETE_OLD = "DELETE FROM gxproxy WHERE secret=?";

/** Five seconds, as Python's sqlite3 and so Galaxy waits for SQLite's lock; counted in attempts as in map-list.ts. */
const ATTEMPTS = 250;
const RETRY_MS = 20;
/** After half a second. */
const LEFT_AT_ON_WAIT = 225;

async function inTransaction<T>(
	{ path, mode = "gie", signal, onWait }: MapEdit,
	body: (connection: Connection) => T,
): Promise<T> {
	const driver = await loadDriver();
	for (let left = ATTEMPTS; ; left--) {
		try {
			return tryTransaction(driver, path, body);
		} catch (error) {
			if (!isWritersDoing(error) || left === 0)
				throw unreadableSqlite(path, error, mode);
		}
		if (left === LEFT_AT_ON_WAIT) onWait(path);
		await pause(RETRY_MS, undefined, { signal });
	}
}

/** Synchronous, so that no signal can interrupt it. */
function tryTransaction<T>(
	driver: Driver,
	path: string,
	body: (connection: Connection) => T,
): T {
	const connection = driver.open(path, "write");
	try {
		connection.prepare("BEGIN IMMEDIATE").run();
		const value = body(connection);
		connection.prepare("COMMIT").run();
		return value;
	} finally {
		// This rolls back an uncommitted change.
		connection.close();
	}
}

/** Writes to gxproxy2, or to gxproxy if that is the only table. */
function writeSqlite(
	connection: Connection,
	key: string,
	target: Target | undefined,
): boolean {
	const remove = (sql: string) =>
		Number(connection.prepare(sql).run(key).changes) > 0;
	const tables = connection.prepare(TABLES).all();
	const hasNewTable = tables.some(({ name }) => name === "gxproxy2");
	if (!hasNewTable && tables.length > 0) {
		if (target === undefined) return remove(DELETE_OLD);
		connection.prepare(INSERT_OLD).run(authorityOf(target), key);
		return false;
	}
	if (target === undefined) return hasNewTable && remove(DELETE);
	if (!hasNewTable) connection.prepare(CREATE).run();
	const wasThere = remove(DELETE);
	connection.prepare(INSERT).run(key, target.host, target.port, "[]", null);
	return wasThere;
}
