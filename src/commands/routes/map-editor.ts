import type { MapConfig } from "../../config/config.js";
import type { Database } from "../../database.js";
import type { Target } from "../../route.js";
import {
	addSession,
	type MapEdit,
	removeRows,
	removeSession,
} from "../../session-map/map-edit.js";
import type { Entry } from "../../session-map/map-list.js";
import type { DatabaseEntry } from "../../session-map/postgres/database-list.js";
import { modeOf, withDatabase } from "./map-entries.js";

/** Changes a map as Galaxy does, whatever its form. Its methods throw NotWritten, Unreadable, NoDriver, AbortError. */
export interface MapEditor {
	/** Aborted by a signal of the process. */
	readonly signal: AbortSignal;
	/** @returns whether the map, or its table, was made */
	add(session: string, target: Target): Promise<boolean>;
	/** @returns whether the session was in the map */
	remove(session: string): Promise<boolean>;
	/** Removes rows that are still as they were read. @returns their number */
	removeAsRead(entries: readonly Entry[]): Promise<number>;
}

/** Ends the wait for other writers, and reports their lock. */
export type Waiting = Pick<MapEdit, "signal" | "onWait">;

export function editorOf(config: MapConfig, waiting: Waiting): MapEditor {
	const { database, sessions: path } = config;
	if (database !== undefined) return databaseEditor(database, waiting);
	const edit = { path, mode: modeOf(config), ...waiting };
	return {
		signal: waiting.signal,
		add: (key, target) => addSession({ ...edit, key }, target),
		remove: (key) => removeSession({ ...edit, key }),
		removeAsRead: (entries) => removeRows(edit, entries),
	};
}

/** Longer than the server's own limit for the transaction. */
const WRITING = { statementMs: 30_000 };

function databaseEditor(
	database: Database,
	{ signal, onWait }: Waiting,
): MapEditor {
	type Edits = typeof import("../../session-map/postgres/database-edit.js");
	type Work<T> = (
		edits: Edits,
		edit: Parameters<Edits["addTool"]>[0],
	) => Promise<T>;
	const edited = async <T>(work: Work<T>): Promise<T> => {
		const edits = await import("../../session-map/postgres/database-edit.js");
		return withDatabase(
			database,
			async (client) => {
				// The server undoes a transaction whose connection ends.
				const interrupt = (): void => void client.end();
				signal.throwIfAborted();
				signal.addEventListener("abort", interrupt);
				return work(edits, { client, onWait }).finally(() =>
					signal.removeEventListener("abort", interrupt),
				);
			},
			WRITING,
		);
	};
	return {
		signal,
		add: (session, target) =>
			edited((edits, edit) => edits.addTool(edit, session, target)),
		remove: (session) =>
			edited((edits, edit) => edits.removeTool(edit, session)),
		removeAsRead: (entries) =>
			edited((edits, edit) =>
				edits.removeStored(
					edit,
					entries.map((entry) => (entry as DatabaseEntry).stored),
				),
			),
	};
}
