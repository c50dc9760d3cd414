// The threads that read whole maps, and maps on network file systems, where any system call may take seconds.
import { parentPort, workerData } from "node:worker_threads";
import { type Route, UNKNOWN } from "../route.js";
import { JsonFile } from "./json-file.js";
import { scanOf } from "./map-list.js";
import type { Conflicts } from "./map-source.js";
import type {
	MapTask,
	OwnersAnswer,
	Question,
	RoutesAnswer,
	ScanQuestion,
} from "./map-thread.js";
import { AddressOwners, type Counts } from "./owners/address-owners.js";
import { ScannedOwners } from "./owners/owner-rows.js";
import { routeOfAddress } from "./row.js";
import { type Driver, loadDriver } from "./sqlite-driver.js";
import { SqliteFile, type Stamp } from "./sqlite-file.js";
import { SqliteReader } from "./sqlite-source.js";
import { Unreadable } from "./unreadable.js";

const { path, driver, oneOwner } = workerData as MapTask;

async function serve(): Promise<void> {
	const map =
		driver === undefined
			? new JsonFile(path, oneOwner)
			: new WholeSqlite(await loadDriver(driver));
	parentPort?.on("message", async (question: Question) => {
		const answer =
			question.kind === "routes"
				? routesOf(map, question.keys)
				: await scan(question);
		parentPort?.postMessage(answer);
	});
}

function routesOf(
	map: JsonFile | WholeSqlite,
	keys: readonly string[],
): RoutesAnswer {
	try {
		map.refresh();
		const routes = keys.map((key) => map.route(key));
		const { generation, conflicts } = map;
		const counts = map.counts();
		return { routes, generation, conflicts, counts, stamp: stampOf(map) };
	} catch (error) {
		return { ...reasonOf(error), stamp: stampOf(map) };
	}
}

/** Finds the owners of the addresses in a large map. */
async function scan(question: ScanQuestion): Promise<OwnersAnswer> {
	const { before, areRowidsNew } = question;
	const file = new SqliteFile(path, await loadDriver(driver));
	try {
		const known = before === undefined ? undefined : new AddressOwners(before);
		const { owners, waiting } = (await scanOf(file)).end(known, areRowidsNew);
		return { owners: owners.data, waiting };
	} catch (error) {
		return reasonOf(error);
	} finally {
		file.close();
	}
}

function reasonOf(error: unknown): { reason: string; isPassing: boolean } {
	if (!(error instanceof Unreadable)) throw error;
	return { reason: error.message, isPassing: error.isPassing };
}

/** Without the methods of Node's Stats, which cannot be posted. */
function stampOf({ stamp }: { stamp: Stamp | undefined }): Stamp | undefined {
	if (stamp === undefined) return undefined;
	const { dev, ino, size, mtimeNs, ctimeNs } = stamp;
	return { dev, ino, size, mtimeNs, ctimeNs };
}

class WholeSqlite {
	readonly stamp = undefined;
	readonly #reader: SqliteReader;
	readonly #owners: ScannedOwners | undefined;
	#addresses = new Map<string, string>();
	/** The generation of #addresses. */
	#addressesOf = 0;

	constructor(driver: Driver) {
		this.#owners = oneOwner ? new ScannedOwners() : undefined;
		this.#reader = new SqliteReader(path, driver, this.#owners);
	}

	get generation(): number {
		return this.#reader.file.generation;
	}

	get conflicts(): Conflicts {
		return this.#reader.conflicts;
	}

	counts(): Counts {
		return this.#reader.counts();
	}

	refresh(): void {
		// After a check and a read that failed, the file is current and the addresses are not.
		if (this.#reader.file.isCurrent() && this.#isRead()) return;
		this.#reader.check();
		if (this.#reader.isGxproxy2) this.#owners?.scan(this.#reader.file);
		if (this.#isRead()) return;
		this.#addresses = this.#reader.addresses();
		this.#addressesOf = this.generation;
	}

	#isRead(): boolean {
		return this.#reader.isGxproxy2 || this.#addressesOf === this.generation;
	}

	route(key: string): Route {
		if (this.#reader.isGxproxy2) return this.#reader.route(key) ?? UNKNOWN;
		const address = this.#addresses.get(key);
		return address === undefined ? UNKNOWN : routeOfAddress(address);
	}
}

void serve();
