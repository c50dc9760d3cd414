import { setTimeout as pause } from "node:timers/promises";
import { authorityOf, type Target } from "../route.js";
import { type Connection, type Driver, isWritersDoing } from "./driver.js";
import type { Edit, MapEdit } from "./edit.js";
import type { Entry } from "./row.js";
import { TABLES } from "./sqlite.js";
import { sqliteFault } from "./sqlite-file.js";

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
		change(connection, edit.key, target),
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

function change(
	connection: Connection,
	key: string,
	target: Target | null,
): boolean {
	const tables = connection.prepare(TABLES).all();
	const isNew = tables.some(({ name }) => name === "gxproxy2");
	if (!isNew && tables.length > 0) return changeOld(connection, key, target);
	if (!isNew && target === null) return false;
	if (!isNew) connection.prepare(CREATE).run();
	const { changes } = connection.prepare(DELETE).run(key);
	if (target !== null)
		connection.prepare(INSERT).run(key, target.host, target.port, "[]", null);
	return Number(changes) > 0;
}

function changeOld(
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
