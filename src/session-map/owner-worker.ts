import { parentPort, workerData } from "node:worker_threads";
import { scanOf } from "./map-list.js";
import type { ScanAnswer, ScanTask } from "./map-thread.js";
import { AddressOwners } from "./owners/address-owners.js";
import { loadDriver } from "./sqlite-driver.js";
import { SqliteFile } from "./sqlite-file.js";
import { Unreadable } from "./unreadable.js";

// The thread that reads a large map once, to tell who owns its addresses.

async function answerTo(task: ScanTask): Promise<ScanAnswer> {
	const { path, driver, before, areRowidsNew } = task;
	const file = new SqliteFile(path, await loadDriver(driver));
	try {
		const known = before === undefined ? undefined : new AddressOwners(before);
		const scan = await scanOf(file);
		const { owners, waiting } = scan.end(known, areRowidsNew);
		return { owners: owners.data, waiting };
	} catch (error) {
		if (!(error instanceof Unreadable)) throw error;
		return { reason: error.message, passing: error.passing };
	} finally {
		file.close();
	}
}

answerTo(workerData as ScanTask).then((answer) =>
	parentPort?.postMessage(answer),
);
