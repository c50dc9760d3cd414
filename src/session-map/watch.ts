import { realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { FSWatcher } from "chokidar";

/** Milliseconds between two looks where nothing else tells of a change; on network file systems that is always. */
const LOOK_MS = 1000;

/** Milliseconds. chokidar keeps back what follows a change within 50 ms, and never hands it out. */
const LOOK_AGAIN_MS = 60;

/**
 * Calls `look` soon after the file may have changed, and every second. A hint alone: who looks must tell for himself.
 * @param onEvents whether the system's file events are of use, as they are not on network file systems
 * @returns what ends it
 */
export function watchMap(
	path: string,
	look: () => void,
	onEvents: boolean,
): () => Promise<void> {
	const timer = setInterval(look, LOOK_MS).unref();
	const hints = onEvents ? watchFolders(path, look).catch(noHints) : undefined;
	return async () => {
		clearInterval(timer);
		await (await hints)?.close();
	};
}

/** No descriptor is left to load the watcher with, or an upgrade is just putting it there: the timer looks all the same. */
function noHints(): undefined {}

async function watchFolders(
	path: string,
	look: () => void,
): Promise<FSWatcher> {
	// Here, since loading it takes longer than reading a map.
	const { watch } = await import("chokidar");
	let again: NodeJS.Timeout | undefined;
	const names = placesOf(path);
	return watch([...new Set(names.map(dirname))], {
		depth: 0,
		ignoreInitial: true,
		persistent: false,
		ignored: (name, stats) =>
			stats?.isDirectory() === false && !names.some((own) => isOf(own, name)),
	})
		.on("all", () => {
			look();
			clearTimeout(again);
			again = setTimeout(look, LOOK_AGAIN_MS).unref();
		})
		.on("error", () => {
			// The system has no watch to give, or the folder is gone: the timer looks all the same.
		});
}

/** The map, its journal and its log. */
function isOf(own: string, name: string): boolean {
	return (
		dirname(own) === dirname(name) && basename(name).startsWith(basename(own))
	);
}

/** Where the file is, and where it really is if a link leads there. */
function placesOf(path: string): string[] {
	try {
		return [path, realpathSync(path)];
	} catch {
		// Not there yet.
		return [path];
	}
}
