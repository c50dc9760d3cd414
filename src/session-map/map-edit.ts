// Over the house's 300 lines: what is always read together has just become one file; it gets shorter.
import {
	accessSync,
	closeSync,
	constants,
	existsSync,
	openSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { authorityOf, type Target } from "../route.js";
import { parseJsonMap } from "./json-file.js";
import type { Entry } from "./row.js";
import {
	type Connection,
	type Driver,
	isWritersDoing,
	loadDriver,
} from "./sqlite-driver.js";
import { sqliteFault } from "./sqlite-file.js";
import { TABLES } from "./sqlite-source.js";

/**
 * Leads the session to the target from now on, as Galaxy does when it has started a container: under its lock, with its
 * statements, in the form that the map has. A map that is not there is made as Galaxy from 17.05 on makes it.
 * @returns whether the map was made
 * @throws NotWritten, NoDriver, Unreadable where the map is no map, AbortError
 */
export async function addSession(edit: Edit, target: Target): Promise<boolean> {
	return change(edit, async () => {
		const isNew = !existsSync(edit.path);
		await writerOf(edit.path)(edit, target);
		return isNew;
	});
}

/**
 * Takes the session out of the map. Galaxy itself never does.
 * @returns whether it was there
 * @throws as addSession
 */
export async function removeSession(edit: Edit): Promise<boolean> {
	return change(edit, async () => {
		if (existsSync(edit.path)) return writerOf(edit.path)(edit, null);
		throw new NotWritten(
			`${edit.path} does not exist. Compare --sessions with Galaxy's dynamic_proxy_session_map.`,
		);
	});
}

/**
 * Takes rows of a gxproxy2 out, each only where key, host, port and ids are still as they were read. Rows of a JSON map,
 * of which nobody knows which are dead, never come here.
 * @returns how many were taken out
 * @throws as addSession
 */
export async function removeRows(
	edit: MapEdit,
	entries: readonly Entry[],
): Promise<number> {
	return change(edit, async () =>
		removeFromSqlite(await loadDriver(), edit, entries),
	);
}

function change<T>(edit: MapEdit, work: () => Promise<T>): Promise<T> {
	return underFileLock(edit, () => {
		if (existsSync(edit.path)) mustBeWritable(edit.path);
		return work();
	});
}

function mustBeWritable(path: string): void {
	try {
		accessSync(path, constants.W_OK);
	} catch (error) {
		throw writeFault(path, error);
	}
}

function writerOf(path: string): Write {
	if (!path.endsWith(".sqlite")) return writeJson;
	return async (edit, target) => writeSqlite(await loadDriver(), edit, target);
}

/** A change of the map. */
export interface MapEdit {
	/** Of the map, absolute. */
	readonly path: string;
	/** Ends the wait for other writers. What was begun is undone or done, and Galaxy's lock removed. */
	readonly signal: AbortSignal;
	/** Told of the lock file or the map, once each, where another holds it for longer than a write takes. */
	readonly onWait: (held: string) => void;
}

/** A change of one session. */
export interface Edit extends MapEdit {
	readonly key: string;
}

/** Takes the session out and, with a target, puts it in anew. Tells whether it was there. */
export type Write = (edit: Edit, target: Target | null) => Promise<boolean>;

/** The session map was not changed. The message tells an admin why, and what to do. */
export class NotWritten extends Error {}

const WORDS = new Map([
	[
		"ENOENT",
		"cannot be made: its folder does not exist. Compare --sessions with Galaxy's dynamic_proxy_session_map",
	],
	["EACCES", "may not be written by this account. Run this as Galaxy's user"],
	["EROFS", "is on a file system that is mounted read-only"],
]);

/** Errors of the file system in words; anything else keeps its own. */
export function writeFault(path: string, error: unknown): NotWritten {
	const code = error instanceof Error && "code" in error ? error.code : "";
	const words = WORDS.get(String(code));
	return new NotWritten(
		words === undefined
			? `${path} cannot be written (${String(error)}). Check the file and its file system.`
			: `${path} ${words}.`,
		{ cause: error },
	);
}

const { O_CREAT, O_EXCL, O_RDWR } = constants;

/** Milliseconds, both Galaxy's (lib/galaxy/util/filelock.py): between two attempts, and until it gives up. */
const DELAY_MS = 50;
const LOCK_MS = 10_000;
/** Milliseconds; a writer holds the lock for a few. */
const WAIT_MS = 500;

/**
 * Works while this process holds Galaxy's lock on the map: a file beside it, which is held by whoever has made it and
 * free when it is gone. No reader looks at it. It is removed when the work has ended, however it has.
 * @param patience milliseconds to wait for another's
 * @throws NotWritten where the lock cannot be had; AbortError
 */
export async function underFileLock<T>(
	{ path, signal, onWait }: MapEdit,
	work: () => Promise<T>,
	patience = LOCK_MS,
): Promise<T> {
	const lock = `${path}.lock`;
	const started = performance.now();
	let isTold = false;
	while (!isMade(lock)) {
		const waited = performance.now() - started;
		if (waited >= WAIT_MS && !isTold) {
			isTold = true;
			onWait(lock);
		}
		if (waited >= patience)
			throw new NotWritten(
				`${lock} is still there after ${patience / 1000} s: who writes the map holds it, or has died and left it. If it is older than a minute, delete it; Galaxy cannot start environments either while it is there.`,
			);
		await pause(DELAY_MS, undefined, { signal });
	}
	// By force: our own message tells people to delete it.
	const free = () => rmSync(lock, { force: true });
	process.once("exit", free);
	try {
		return await work();
	} finally {
		process.off("exit", free);
		free();
	}
}

function isMade(lock: string): boolean {
	try {
		closeSync(openSync(lock, O_CREAT | O_EXCL | O_RDWR));
		return true;
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "EEXIST")
			return false;
		throw writeFault(lock, error);
	}
}

/** The whole map as it was, undefined where there is none. */
type Before = string | undefined;

/** A JSON map, in the era that it is of. As Galaxy it is written over, not replaced, and so keeps its owner. */
export async function writeJson(
	{ path, key }: Edit,
	target: Target | null,
): Promise<boolean> {
	const before = read(path);
	const entries = entriesIn(path, before);
	const isOld = isOfOldEra(entries);
	const own = [...entries].filter(
		([name, value]) => name === key || value === key,
	);
	for (const [name] of own) entries.delete(name);
	if (target !== null && isOld) entries.set(authorityOf(target), key);
	else if (target !== null) entries.set(key, rowOf(target));
	if (target !== null || own.length > 0)
		// Not by assignments: a key may be __proto__.
		write(path, JSON.stringify(Object.fromEntries(entries)), before);
	return own.length > 0;
}

/** {"host:port": session}, as Galaxy wrote it until 17.01. */
function isOfOldEra(entries: ReadonlyMap<string, unknown>): boolean {
	const values = [...entries.values()];
	return (
		values.some((value) => typeof value === "string") &&
		!values.some((value) => typeof value === "object" && value !== null)
	);
}

function rowOf({ host, port }: Target): object {
	return { host, port, container_ids: [], container_interface: null };
}

function read(path: string): Before {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "ENOENT")
			return undefined;
		throw writeFault(path, error);
	}
}

function entriesIn(path: string, text: Before): Map<string, unknown> {
	try {
		return new Map(Object.entries(parseJsonMap(text ?? "{}")));
	} catch (cause) {
		throw new NotWritten(
			`${path} is not a whole JSON document (${String(cause)}). Restore it, or move it away.`,
			{ cause },
		);
	}
}

function write(path: string, text: string, before: Before): void {
	try {
		writeFileSync(path, text);
	} catch (error) {
		// On a full disk: what was cut off has made the room for what was there.
		if (before === undefined) rmSync(path, { force: true });
		else writeFileSync(path, before);
		throw writeFault(path, error);
	}
}

/** Galaxy's own text. */
const CREATE =
	"CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text)";
const DELETE = "DELETE FROM gxproxy2 WHERE key=?";
const INSERT =
	"INSERT INTO gxproxy2 (key, host, port, container_ids, container_interface) VALUES (?, ?, ?, ?, ?)";
/** The columns as they are read: the port as text. */
const DELETE_AS_READ =
	"DELETE FROM gxproxy2 WHERE key=? AND host IS ? AND CAST(port AS TEXT) IS ? AND container_ids IS ?";
/** Before 17.05. Galaxy let the old rows stand, and the last one counts. */
const INSERT_OLD = "INSERT INTO gxproxy (key, secret) VALUES (?, ?)";
const DELETE_OLD = "DELETE FROM gxproxy WHERE secret=?";

/** Five seconds, for which Python's sqlite3 and so Galaxy waits for SQLite's lock; by attempts as in entries.ts. */
const ATTEMPTS = 250;
const RETRY_MS = 20;
/** Half a second has passed. */
const LEFT_WHEN_TOLD = 225;

/** A SQLite map: gxproxy2, or gxproxy where that is all there is. */
export function writeSqlite(
	driver: Driver,
	edit: Edit,
	target: Target | null,
): Promise<boolean> {
	return whenUnlocked(driver, edit, (connection) =>
		changeRows(connection, edit.key, target),
	);
}

/** Takes out the rows that are still as they were read. Returns how many. */
export function removeFromSqlite(
	driver: Driver,
	edit: MapEdit,
	entries: readonly Entry[],
): Promise<number> {
	return whenUnlocked(driver, edit, (connection) => {
		const remove = connection.prepare(DELETE_AS_READ);
		let removed = 0;
		for (const { key, row } of entries) {
			if (row === undefined) continue;
			const { changes } = remove.run(key, row.host, row.port, row.ids);
			removed += Number(changes);
		}
		return removed;
	});
}

/** In one transaction, once nobody else writes. */
async function whenUnlocked<T>(
	driver: Driver,
	{ path, signal, onWait }: MapEdit,
	body: (connection: Connection) => T,
): Promise<T> {
	for (let left = ATTEMPTS; ; left--) {
		try {
			return inTransaction(driver, path, body);
		} catch (error) {
			if (!isWritersDoing(error) || left === 0) throw sqliteFault(path, error);
		}
		if (left === LEFT_WHEN_TOLD) onWait(path);
		await pause(RETRY_MS, undefined, { signal });
	}
}

/** Never across a turn of the event loop: a signal cannot come in between. */
function inTransaction<T>(
	driver: Driver,
	path: string,
	body: (connection: Connection) => T,
): T {
	const connection = driver.openToWrite(path);
	try {
		connection.prepare("BEGIN IMMEDIATE").run();
		const value = body(connection);
		connection.prepare("COMMIT").run();
		return value;
	} finally {
		// Which rolls back what is not committed.
		connection.close();
	}
}

function changeRows(
	connection: Connection,
	key: string,
	target: Target | null,
): boolean {
	const tables = connection.prepare(TABLES).all();
	const isNew = tables.some(({ name }) => name === "gxproxy2");
	if (!isNew && tables.length > 0)
		return changeOldRows(connection, key, target);
	if (!isNew && target === null) return false;
	if (!isNew) connection.prepare(CREATE).run();
	const { changes } = connection.prepare(DELETE).run(key);
	if (target !== null)
		connection.prepare(INSERT).run(key, target.host, target.port, "[]", null);
	return Number(changes) > 0;
}

function changeOldRows(
	connection: Connection,
	key: string,
	target: Target | null,
): boolean {
	const { changes } =
		target === null
			? connection.prepare(DELETE_OLD).run(key)
			: connection.prepare(INSERT_OLD).run(authorityOf(target), key);
	return target === null && Number(changes) > 0;
}
