import {
	type Driver,
	loadDriver,
} from "../../src/session-map/sqlite-driver.js";

const NAMES = ["node:sqlite", "better-sqlite3"] as const;

/** The drivers that load here; at least the one that the daemon would use. */
export const drivers: Driver[] = [];
for (const name of NAMES) {
	try {
		drivers.push(await loadDriver(name));
	} catch (error) {
		console.log(`not tested with ${name}: ${String(error)}`);
	}
}
if (drivers.length === 0) throw new Error("no SQLite driver loads here");
