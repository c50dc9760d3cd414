import { setTimeout as pause } from "node:timers/promises";
import type { Route } from "../route.js";
import { loadDriver } from "./driver.js";
import { JsonFile } from "./json.js";
import { type Entry, isNobodys, routeOfAddress } from "./row.js";
import { SqliteReader, START } from "./sqlite.js";
import { Unreadable } from "./unreadable.js";

export type { Entry } from "./row.js";

/**
 * A writer is waited out for two seconds, told by attempts: a clock would go on while this process was stopped, and leave
 * it one.
 */
const ATTEMPTS = 200;
const RETRY_MS = 10;
/** Entries handed out at a time of what was read whole. */
const BATCH = 500;

/**
 * Every session that find() could answer with a target or "not ready", in batches, by the daemon's own readers. A
 * gxproxy2 is read in pages by its key, without a lock between two of them: each session comes once, however much is
 * written meanwhile, and a million need no memory. gxproxy and JSON are read whole, as the daemon reads them.
 * @param path absolute
 * @throws Unreadable, NoDriver
 */
export function entriesOf(path: string): AsyncIterable<readonly Entry[]> {
	return path.endsWith(".sqlite") ? ofSqlite(path) : ofJson(path);
}

async function* ofSqlite(path: string): AsyncGenerator<readonly Entry[]> {
	const reader = new SqliteReader(path, await loadDriver());
	try {
		let page = await whenReadable(() => reader.page(START));
		if (page === undefined) {
			const addresses = await whenReadable(() => reader.addresses());
			yield* inBatches(addresses, routeOfAddress);
		}
		while (page?.last !== undefined) {
			const { entries, last } = page;
			yield withoutNobodys(entries);
			page = await whenReadable(() => reader.page(last));
		}
	} finally {
		reader.close();
	}
}

async function* ofJson(path: string): AsyncGenerator<readonly Entry[]> {
	const file = new JsonFile(path);
	await whenReadable(() => file.refresh());
	yield* inBatches(file.routes, (route) => route);
}

function* inBatches<T>(
	sessions: ReadonlyMap<string, T>,
	routeOf: (value: T) => Route,
): Generator<readonly Entry[]> {
	let batch: Entry[] = [];
	for (const [key, value] of sessions) {
		batch.push({ key, route: routeOf(value) });
		if (batch.length < BATCH) continue;
		yield withoutNobodys(batch);
		batch = [];
	}
	yield withoutNobodys(batch);
}

function withoutNobodys(entries: readonly Entry[]): readonly Entry[] {
	return entries.filter(({ key }) => !isNobodys(key));
}

/** What a read gives, a passing fault waited out as by the daemon. @throws Unreadable */
export async function whenReadable<T>(read: () => T): Promise<T> {
	for (let left = ATTEMPTS; ; left--) {
		try {
			return read();
		} catch (error) {
			const passes = error instanceof Unreadable && error.passing;
			if (!passes || left === 0) throw error;
		}
		await pause(RETRY_MS);
	}
}
