import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { AddressOwners, type OwnersData } from "./address-owners.js";
import type { DriverName } from "./driver.js";
import type { Scan } from "./owner-rows.js";
import { Unreadable } from "./unreadable.js";

/** What the thread is started with. */
export interface ScanTask {
	readonly path: string;
	readonly driver: DriverName;
	readonly before: OwnersData | undefined;
	readonly areRowidsNew: boolean;
}

export type ScanAnswer =
	| { readonly owners: OwnersData; readonly waiting: readonly number[] }
	| { readonly reason: string; readonly passing: boolean };

/** Scans a map in a thread that lives for one scan. */
export class ScanThread {
	readonly #path: string;
	readonly #driver: DriverName;
	#worker: Worker | undefined;

	constructor(path: string, driver: DriverName) {
		this.#path = path;
		this.#driver = driver;
	}

	/** One at a time. @throws Unreadable */
	async scan(
		before: AddressOwners | undefined,
		areRowidsNew: boolean,
	): Promise<Scan> {
		const answer = await this.#ask({
			path: this.#path,
			driver: this.#driver,
			before: before?.data,
			areRowidsNew,
		});
		if ("reason" in answer) throw new Unreadable(answer.reason, answer.passing);
		const { owners, waiting } = answer;
		return { owners: new AddressOwners(owners), waiting };
	}

	async close(): Promise<void> {
		await this.#worker?.terminate();
	}

	#ask(task: ScanTask): Promise<ScanAnswer> {
		return new Promise((resolve, reject) => {
			const fail = (what: string, cause?: unknown) =>
				reject(
					new Unreadable(
						`The thread that reads ${task.path} ${what}. If that goes on, raise the limits of memory and of processes (TasksMax, ulimit -u).`,
						true,
						cause,
					),
				);
			try {
				const worker = new Worker(join(__dirname, "owner-worker.js"), {
					workerData: task,
				});
				worker.unref();
				worker.once("message", resolve);
				worker.once("error", (error) => fail(`died (${String(error)})`, error));
				worker.once("exit", () => fail("was ended"));
				this.#worker = worker;
			} catch (error) {
				fail(`cannot be started (${String(error)})`, error);
			}
		});
	}
}
