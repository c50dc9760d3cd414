import { copyFileSync, renameSync } from "node:fs";
import { loadDriver } from "../../src/session-map/sqlite-driver.js";
import type { OpenOptions } from "./opened-map.js";

/** Every kind of map whose rows name their containers. */
export const WITH_IDS: readonly [name: string, options: OpenOptions][] = [
	["gxproxy2", {}],
	["gxproxy2 on a network file system", { polled: true }],
	["JSON", { file: "map.json" }],
	["JSON on a network file system", { file: "map.json", polled: true }],
];

/** The ones in SQLite. */
export const SQLITE = WITH_IDS.slice(0, 2);

/** A copy of the map with the same rows under other rowids, as a dump makes it, is moved into its place. */
export async function rebuild(path: string): Promise<void> {
	const copy = `${path}.copy`;
	const driver = await loadDriver();
	copyFileSync(path, copy);
	const connection = driver.open(copy, "write");
	for (const statement of [
		"CREATE TEMP TABLE kept AS SELECT * FROM gxproxy2 ORDER BY rowid",
		"DELETE FROM gxproxy2",
		"INSERT INTO gxproxy2 SELECT * FROM kept ORDER BY rowid",
	])
		connection.prepare(statement).run();
	connection.close();
	renameSync(copy, path);
}
