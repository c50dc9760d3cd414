// A look at a map on a network file system, where any system call may take seconds.
import { parentPort, workerData } from "node:worker_threads";
import { tablesNow } from "./tables.js";

void tablesNow(workerData as string).then((tables) => {
	parentPort?.postMessage(tables);
});
