// The thread that reads a large map once, to tell who owns its addresses.
import { parentPort, workerData } from "node:worker_threads";
import { AddressOwners } from "./address-owners.js";
import { loadDriver } from "./driver.js";
import { scanOf } from "./entries.js";
import type { ScanAnswer, ScanTask } from "./scan-thread.js";
import { SqliteFile } from "./sqlite-file.js";
import { Unreadable } from "./unreadable.js";

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
