import { accessSync, constants, existsSync } from "node:fs";
import type { Target } from "../route.js";
import { loadDriver } from "./driver.js";
import {
	type Edit,
	type MapEdit,
	NotWritten,
	type Write,
	writeFault,
} from "./edit.js";
import { underFileLock } from "./file-lock.js";
import type { Entry } from "./row.js";
import { writeJson } from "./write-json.js";
import { removeFromSqlite, writeSqlite } from "./write-sqlite.js";

export { type Edit, NotWritten } from "./edit.js";

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
