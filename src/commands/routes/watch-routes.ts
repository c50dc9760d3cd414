import { statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { MapConfig } from "../../config/config.js";
import { Unreadable } from "../../session-map/unreadable.js";
import { isOnNetwork, watchMap } from "../../session-map/watch.js";
import { printError } from "../command.js";
import { HEADS, linesOf, print } from "./list-routes.js";
import { mapEntries, modeOf } from "./map-entries.js";
import { problemText } from "./map-problem.js";
import { judgeOf } from "./verdict.js";

/** Milliseconds until an unchanged stamp is trusted: file systems that keep whole seconds give two writes the same one. */
const SETTLED_MS = 2_000;
/** Milliseconds between two reads of a database. */
const EVERY_MS = 1_000;
/** Milliseconds; the timers of watchMap do not keep the process running. */
const KEEP_RUNNING_MS = 1_000_000;

/** A line for each session, by its key, which is secret. */
type Lines = ReadonlyMap<string, string>;

/**
 * Prints the list, then what changes, until SIGINT or SIGTERM.
 * @param readConfig read again until the mode is decided, which may take until the map has a table
 * @throws UsageError
 */
export function watch(
	readConfig: () => Promise<MapConfig>,
	isJson: boolean,
): Promise<number> {
	const ended = new Promise<number>((resolve) => {
		for (const name of ["SIGINT", "SIGTERM"])
			process.on(name, () => resolve(0));
	});
	// print() handles the error, but without a listener the event would end the process first.
	process.stdout.on("error", () => {});
	return Promise.race([ended, follow(readConfig, isJson)]);
}

async function follow(
	readConfig: () => Promise<MapConfig>,
	isJson: boolean,
): Promise<number> {
	let config = await readConfig();
	const { sessions: path, database } = config;
	const looks = database ? databaseLooks() : await fileLooks(path);
	const running = setInterval(() => {}, KEEP_RUNNING_MS);
	let last: Lines | undefined;
	let problem: string | undefined;
	try {
		for (;;) {
			const looked = looks.from();
			if (!looks.isSettled() || problem !== undefined) {
				if (config.mode === "undecided") config = await readConfig();
				const now = await readLines(config, isJson);
				if (typeof now !== "string") {
					if (problem !== undefined) printError(`${path} can be read now`);
					await print(
						last ? changesIn(last, now, isJson) : listOf(now, config, isJson),
					);
					last = now;
					problem = undefined;
				} else if (now !== problem) {
					printError(now);
					problem = now;
				}
			}
			await looked();
		}
	} catch (error) {
		// The reader has closed our output.
		if ((error as NodeJS.ErrnoException).code === "EPIPE") return 0;
		printError(problemText(error));
		return 1;
	} finally {
		looks.close();
		clearInterval(running);
	}
}

/** When the map is read again. */
interface Looks {
	/** Whether it has surely not changed since this was last called. */
	isSettled(): boolean;
	/** Called before a look. Returns a function that resolves at the time for the next one. */
	from(): () => Promise<void>;
	close(): void;
}

async function fileLooks(path: string): Promise<Looks> {
	const isSettled = settledStamp(path);
	let look = (): void => {};
	const close = watchMap(path, () => look(), !(await isOnNetwork(path)));
	const from = () => {
		const looked = new Promise<void>((resolve) => {
			look = resolve;
		});
		return () => looked;
	};
	return { isSettled, from, close };
}

/** A database is read a second later, or as long later as the last read took. */
function databaseLooks(): Looks {
	return {
		isSettled: () => false,
		from() {
			const began = performance.now();
			return () => pause(Math.max(EVERY_MS, performance.now() - began));
		},
		close() {},
	};
}

/** The whole map, or why it cannot be read now. */
async function readLines(
	config: MapConfig,
	isJson: boolean,
): Promise<Lines | string> {
	const mode = modeOf(config);
	// A new one for each read, because it looks each name up only once.
	const judge = await judgeOf(config);
	const found = new Map<string, string>();
	try {
		for await (const entries of mapEntries(config)) {
			const lines = await linesOf(entries, judge, mode, isJson);
			for (const [index, { key }] of entries.entries())
				found.set(key, lines[index] ?? "");
		}
		return found;
	} catch (error) {
		if (error instanceof Unreadable) return error.message;
		throw error;
	}
}

function listOf(now: Lines, config: MapConfig, isJson: boolean): string {
	const head = isJson ? "" : HEADS[modeOf(config)];
	return head + [...now.values()].join("");
}

function changesIn(last: Lines, now: Lines, isJson: boolean): string {
	const time = new Date().toISOString();
	const marked = (change: string, line: string) =>
		isJson
			? `${JSON.stringify({ time, change }).slice(0, -1)},${line.slice(1)}`
			: `${time}  ${change.padEnd(8)}  ${line}`;
	let changes = "";
	for (const [key, line] of last)
		if (!now.has(key)) changes += marked("gone", line);
	for (const [key, line] of now) {
		const before = last.get(key);
		if (before === undefined) changes += marked("appeared", line);
		else if (before !== line) changes += marked("changed", line);
	}
	return changes;
}

/** Returns a function that tells whether the files have surely not changed since it was last called. */
function settledStamp(path: string): () => boolean {
	const files = [path, `${path}-wal`, `${path}-journal`];
	let stamp: string | undefined;
	let settlesAt = 0;
	let isSettled = false;
	return () => {
		const now = files.map(stampOf).join();
		const time = performance.now();
		if (now !== stamp) {
			stamp = now;
			settlesAt = time + SETTLED_MS;
			isSettled = false;
		} else if (time >= settlesAt && !isSettled) {
			// One more read, because the last one was before that.
			isSettled = true;
			return false;
		}
		return isSettled;
	};
}

function stampOf(path: string): string {
	const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
	if (stats === undefined) return "";
	const { dev, ino, size, mtimeNs, ctimeNs } = stats;
	return [dev, ino, size, mtimeNs, ctimeNs].join(":");
}
