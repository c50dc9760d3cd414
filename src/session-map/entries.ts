import { setTimeout as pause } from "node:timers/promises";
import { sessionLabel } from "../log/session-label.js";
import type { Route } from "../route.js";
import { loadDriver } from "./driver.js";
import { JsonFile } from "./json.js";
import { OwnerScan } from "./owner-rows.js";
import { addressOf, type Entry, isNobodys, routeOfAddress } from "./row.js";
import { ScannedOwners } from "./scanned-owners.js";
import { SqliteReader, START } from "./sqlite.js";
import type { SqliteFile } from "./sqlite-file.js";
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
 * @param oneOwner whether of rows with one address only the one written last leads there
 * @throws Unreadable, NoDriver
 */
export function entriesOf(
	path: string,
	oneOwner: boolean,
): AsyncIterable<readonly Entry[]> {
	return path.endsWith(".sqlite")
		? ofSqlite(path, oneOwner)
		: ofJson(path, oneOwner);
}

async function* ofSqlite(
	path: string,
	oneOwner: boolean,
): AsyncGenerator<readonly Entry[]> {
	const owners = oneOwner ? new ScannedOwners() : undefined;
	const reader = new SqliteReader(path, await loadDriver(), owners);
	try {
		await whenReadable(() => reader.check());
		if (reader.hasKeys) owners?.learn(await scanOf(reader.file));
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

async function* ofJson(
	path: string,
	oneOwner: boolean,
): AsyncGenerator<readonly Entry[]> {
	const file = new JsonFile(path, oneOwner);
	await whenReadable(() => file.refresh());
	const contested = new Map<string, string[]>();
	for (const [key, route] of file.routes) {
		if (route.kind !== "contested") continue;
		const address = addressOf(route.target);
		const labels = contested.get(address) ?? [];
		labels.push(sessionLabel(key));
		contested.set(address, labels);
	}
	const rivalsOf = (key: string, route: Route) =>
		route.kind === "contested"
			? (contested.get(addressOf(route.target)) ?? []).filter(
					(label) => label !== sessionLabel(key),
				)
			: [];
	yield* inBatches(file.routes, (route) => route, rivalsOf);
}

function* inBatches<T>(
	sessions: ReadonlyMap<string, T>,
	routeOf: (value: T) => Route,
	rivalsOf: (key: string, route: Route) => readonly string[] = () => [],
): Generator<readonly Entry[]> {
	let batch: Entry[] = [];
	for (const [key, value] of sessions) {
		const route = routeOf(value);
		batch.push({ key, route, rivals: rivalsOf(key, route) });
		if (batch.length < BATCH) continue;
		yield withoutNobodys(batch);
		batch = [];
	}
	yield withoutNobodys(batch);
}

function withoutNobodys(entries: readonly Entry[]): readonly Entry[] {
	return entries.filter(({ key }) => !isNobodys(key));
}

/** Reads a whole gxproxy2 to tell who owns its addresses. @throws Unreadable */
export async function scanOf(file: SqliteFile): Promise<OwnerScan> {
	const scan = new OwnerScan(file);
	while (await whenReadable(() => scan.step()));
	return scan;
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
