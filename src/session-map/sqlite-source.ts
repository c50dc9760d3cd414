import type { Placed, Route } from "../route.js";
import type { Driver } from "./driver.js";
import type { Reading, Source } from "./source.js";
import { SqliteReader } from "./sqlite.js";
import { Unreadable } from "./unreadable.js";
import { Whole } from "./whole.js";

/** A SQLite map on a local file system: gxproxy2 is asked here, gxproxy through a thread that holds it whole. */
export class SqliteSource implements Source {
	readonly polled = false;
	readonly #reader: SqliteReader;
	readonly #whole: Whole;

	constructor(path: string, driver: Driver) {
		this.#reader = new SqliteReader(path, driver);
		this.#whole = new Whole({ path, driver: driver.name });
	}

	get generation(): number {
		return this.#reader.generation;
	}

	get isDamaged(): boolean {
		return this.#reader.isDamaged;
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
		const { generation } = this.#reader;
		if (this.#reader.hasKeys) {
			const routes = keys.map((key) => this.#reader.route(key));
			if (routes.every((route) => route !== undefined))
				return { generation, routes };
		}
		// The thread looks after this moment, so what it finds is of `generation` or of a later one.
		const answer = await this.#whole.ask(keys);
		if ("reason" in answer) throw new Unreadable(answer.reason, answer.passing);
		return { generation, routes: answer.routes };
	}

	async close(): Promise<void> {
		await this.#whole.close();
		this.#reader.close();
	}
}
