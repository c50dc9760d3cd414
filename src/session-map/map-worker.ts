// The threads that read whole maps, and maps on network file systems, where any system call may take seconds.
import { parentPort, workerData } from "node:worker_threads";
import { type Route, UNKNOWN } from "../route.js";
import { JsonFile } from "./json-file.js";
import { scanOf } from "./map-list.js";
import type {
	MapContent,
	MapTask,
	MapUnreadable,
	OwnersQuestion,
	Question,
	RoutesQuestion,
	ScannedData,
} from "./map-thread.js";
import { AddressOwners, type Connected } from "./owners/address-owners.js";
import { OwnerFacts } from "./owners/owner-facts.js";
import { ScannedOwners } from "./owners/owner-rows.js";
import { routeOfAddress, SqliteReader } from "./row.js";
import { type Driver, loadDriver } from "./sqlite-driver.js";
import { SqliteFile, type Stamp } from "./sqlite-file.js";
import { tableOf } from "./tool-row.js";
import { NotMadeYet, Unreadable } from "./unreadable.js";

const { path, driver, oneOwner, mode, isShared } = workerData as MapTask;
const table = tableOf(mode);

async function serve(): Promise<void> {
	const map =
		driver === undefined
			? new JsonFile(path, oneOwner, mode, factsOfRows())
			: new WholeSqlite(await loadDriver(driver));
	parentPort?.on("message", async (question: Question) => {
		const answer =
			question.kind === "routes" ? routesOf(map, question) : scan(question);
		const failed = (error: unknown) => unreadableOf(error, map.stamp);
		parentPort?.postMessage(await answer.catch(failed));
	});
}

async function routesOf(
	map: JsonFile | WholeSqlite,
	{ keys, currentAt, connections, news: heard }: RoutesQuestion,
): Promise<MapContent> {
	for (const each of heard) map.facts?.hear(each);
	await map.refresh(currentAt);
	map.share();
	if (connections !== undefined) {
		map.resolve(connections);
		map.share();
	}
	const routes = keys.map((key) => map.route(key));
	const { generation, conflicts, stamp, doubtedAt } = map;
	const counts = map.counts();
	const news = map.facts?.takeNews() ?? [];
	return { routes, generation, conflicts, counts, doubtedAt, news, stamp };
}

function factsOfRows(): OwnerFacts | undefined {
	return isShared ? new OwnerFacts() : undefined;
}

async function scan({
	before,
	areRowidsNew,
}: OwnersQuestion): Promise<ScannedData> {
	const file = new SqliteFile(path, await loadDriver(driver), mode);
	try {
		const known = before === undefined ? undefined : new AddressOwners(before);
		const { owners, waiting } = (await scanOf(file, table)).end(
			known,
			areRowidsNew,
		);
		return { owners: owners.data, waiting };
	} finally {
		file.close();
	}
}

function unreadableOf(error: unknown, stamp: Stamp | undefined): MapUnreadable {
	if (!(error instanceof Unreadable)) throw error;
	const { message: reason, isPassing } = error;
	return { reason, isPassing, isAwaited: error instanceof NotMadeYet, stamp };
}

class WholeSqlite extends SqliteReader {
	readonly stamp = undefined;
	readonly facts = factsOfRows();
	readonly #owners: ScannedOwners | undefined;
	/** The generation that other workers were told of. */
	#sharedGeneration = 0;
	#addresses: ReadonlyMap<string, string> = new Map();
	/** The generation of #addresses. */
	#addressesOf = 0;

	constructor(driver: Driver) {
		const owners = oneOwner ? new ScannedOwners() : undefined;
		super(path, driver, table, owners);
		this.#owners = owners;
	}

	get generation(): number {
		return this.file.generation;
	}

	get doubtedAt(): readonly number[] {
		return this.owners?.doubtedAddresses() ?? [];
	}

	/** Agrees with other workers on the standing of rows. */
	share(): void {
		const { facts, owners } = this;
		if (facts === undefined || owners === undefined) return;
		if (this.generation === this.#sharedGeneration && !facts.hasPending) return;
		const isFirst = this.#sharedGeneration === 0;
		const numbering = this.#owners?.numbering ?? "";
		if (facts.share(owners, { numbering, isFirst })) this.file.generation++;
		this.#sharedGeneration = this.generation;
	}

	resolve(connections: readonly Connected[]): void {
		if (this.owners?.resolve(() => connections)) this.file.generation++;
	}

	async refresh(): Promise<void> {
		// After a check and a read that failed, the file is current and the addresses are not.
		if (this.file.isCurrent() && this.#isRead()) return;
		this.check();
		if (this.hasRows) this.#owners?.learn(await scanOf(this.file, table));
		if (this.#isRead()) return;
		this.#addresses = this.addresses();
		this.#addressesOf = this.generation;
	}

	#isRead(): boolean {
		return this.hasRows || this.#addressesOf === this.generation;
	}

	route(key: string): Route {
		if (this.hasRows) return this.routeNow(key) ?? UNKNOWN;
		const address = this.#addresses.get(key);
		return address === undefined ? UNKNOWN : routeOfAddress(address);
	}
}

void serve();
