import type { Placed, Route } from "../route.js";
import type { Counts } from "./address-owners.js";
import type { Driver } from "./driver.js";
import { ScanThread } from "./scan-thread.js";
import {
	type Conflicts,
	NO_CONFLICTS,
	NO_COUNTS,
	type Reading,
	type Source,
} from "./source.js";
import { SqliteReader } from "./sqlite.js";
import { SqliteOwners } from "./sqlite-owners.js";
import { Unreadable } from "./unreadable.js";
import { Whole } from "./whole.js";

interface SqliteSourceOptions {
	readonly path: string;
	readonly driver: Driver;
	/** Whether of rows with one address only the one written last leads there. */
	readonly oneOwner: boolean;
	/** Told when routes may have changed without a change of the file. */
	readonly onNews: () => void;
}

/** A SQLite map on a local file system: gxproxy2 is asked here, gxproxy through a thread that holds it whole. */
export class SqliteSource implements Source {
	readonly polled = false;
	readonly #reader: SqliteReader;
	readonly #whole: Whole;
	readonly #scans: ScanThread;
	readonly #owners: SqliteOwners | undefined;

	constructor({ path, driver, oneOwner, onNews }: SqliteSourceOptions) {
		const scans = new ScanThread(path, driver.name);
		this.#scans = scans;
		this.#owners = oneOwner
			? new SqliteOwners((...task) => scans.scan(...task), onNews)
			: undefined;
		this.#reader = new SqliteReader(path, driver, this.#owners);
		this.#whole = new Whole({ path, driver: driver.name, oneOwner });
	}

	get generation(): number {
		return this.#reader.generation + (this.#owners?.version ?? 0);
	}

	get isDamaged(): boolean {
		return this.#reader.isDamaged;
	}

	get isPreparing(): boolean {
		return this.#owners?.isScanning === true;
	}

	get conflicts(): Conflicts {
		const places = this.#owners?.owners?.conflicts ?? "nowhere";
		return { ...NO_CONFLICTS, places };
	}

	counts(): Counts {
		return this.#owners?.owners?.counts() ?? NO_COUNTS;
	}

	current(): boolean {
		return this.#reader.current();
	}

	routeNow(key: string): Route | undefined {
		return this.#reader.route(key);
	}

	differing(placed: readonly Placed[]): readonly string[] | undefined {
		return this.#reader.differing(placed);
	}

	async read(keys: readonly string[]): Promise<Reading> {
		this.#reader.check();
		while (this.#reader.hasKeys) {
			const { generation } = this;
			const routes = keys.map((key) => this.#reader.route(key));
			if (routes.every((route) => route !== undefined))
				return { generation, routes };
			await this.#owners?.scanned();
		}
		const { generation } = this;
		// The thread looks after this moment, so what it finds is of `generation` or of a later one.
		const answer = await this.#whole.ask(keys);
		if ("reason" in answer) throw new Unreadable(answer.reason, answer.passing);
		return { generation, routes: answer.routes };
	}

	async close(): Promise<void> {
		this.#owners?.close();
		await Promise.all([this.#whole.close(), this.#scans.close()]);
		this.#reader.close();
	}
}
