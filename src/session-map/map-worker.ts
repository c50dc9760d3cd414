import { parentPort, workerData } from "node:worker_threads";
import { type Route, UNKNOWN } from "../route.js";
import { JsonFile } from "./json-file.js";
import { type Conflicts, NO_CONFLICTS, NO_COUNTS } from "./map-source.js";
import type { Answer, Task } from "./map-thread.js";
import type { Counts } from "./owners/address-owners.js";
import { ScannedOwners } from "./owners/owner-rows.js";
import { routeOfAddress } from "./row.js";
import { type Driver, loadDriver } from "./sqlite-driver.js";
import { SqliteReader } from "./sqlite-source.js";
import { Unreadable } from "./unreadable.js";

// The thread that reads maps whole, and maps on network file systems: there any system call may take seconds.

class WholeSqlite {
	readonly stamp = undefined;
	readonly #reader: SqliteReader;
	readonly #owners: ScannedOwners | undefined;
	#addresses = new Map<string, string>();
	/** The generation that #addresses is of. */
	#read = 0;

	constructor(path: string, driver: Driver, oneOwner: boolean) {
		this.#owners = oneOwner ? new ScannedOwners() : undefined;
		this.#reader = new SqliteReader(path, driver, this.#owners);
	}

	get generation(): number {
		return this.#reader.generation;
	}

	refresh(): void {
		// A check that is followed by a read that fails leaves a file that is current, and addresses that are not.
		if (this.#reader.current() && this.#isRead()) return;
		this.#reader.check();
		if (this.#reader.hasKeys) this.#owners?.scan(this.#reader.file);
		if (this.#isRead()) return;
		this.#addresses = this.#reader.addresses();
		this.#read = this.#reader.generation;
	}

	#isRead(): boolean {
		return this.#reader.hasKeys || this.#read === this.#reader.generation;
	}

	get conflicts(): Conflicts {
		const places = this.#owners?.owners?.conflicts ?? "nowhere";
		return { ...NO_CONFLICTS, places };
	}

	counts(): Counts {
		return this.#owners?.owners?.counts() ?? NO_COUNTS;
	}

	route(key: string): Route {
		if (this.#reader.hasKeys) return this.#reader.route(key) ?? UNKNOWN;
		const address = this.#addresses.get(key);
		return address === undefined ? UNKNOWN : routeOfAddress(address);
	}
}

type Held = JsonFile | WholeSqlite;

async function hold({ path, driver, oneOwner }: Task): Promise<Held> {
	if (driver === undefined) return new JsonFile(path, oneOwner);
	return new WholeSqlite(path, await loadDriver(driver), oneOwner);
}

function answerTo(map: Held, keys: readonly string[]): Answer {
	try {
		map.refresh();
		const routes = keys.map((key) => map.route(key));
		const { generation, conflicts } = map;
		const counts = map.counts();
		return { routes, generation, conflicts, counts, stamp: stampOf(map) };
	} catch (error) {
		if (!(error instanceof Unreadable)) throw error;
		const { message: reason, passing } = error;
		return { reason, passing, stamp: stampOf(map) };
	}
}

/** Without what else stands in Node's Stats, and would not cross. */
function stampOf({ stamp }: Held): Answer["stamp"] {
	if (stamp === undefined) return undefined;
	const { dev, ino, size, mtimeNs, ctimeNs } = stamp;
	return { dev, ino, size, mtimeNs, ctimeNs };
}

hold(workerData as Task).then((map) =>
	parentPort?.on("message", (keys: readonly string[]) =>
		parentPort?.postMessage(answerTo(map, keys)),
	),
);
