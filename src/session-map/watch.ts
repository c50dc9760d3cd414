import { type FSWatcher, realpathSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Milliseconds between two looks where nothing else tells of a change; on network file systems that is always. */
const LOOK_MS = 1000;
/** Milliseconds from an event to the look: a commit is a burst of them, and only behind the last one there is the new map. */
const BURST_MS = 5;

/**
 * Calls `look` soon after the file may have changed, and every second. A hint alone: who looks must tell for himself.
 * @param onEvents whether the system's file events are of use, as they are not on network file systems
 * @returns what ends it
 */
export function watchMap(
	path: string,
	look: () => void,
	onEvents: boolean,
): () => void {
	const folders = onEvents ? new WatchedFolders(path, look) : null;
	const timer = setInterval(() => {
		folders?.watch();
		look();
	}, LOOK_MS).unref();
	return () => {
		clearInterval(timer);
		folders?.close();
	};
}

/** Folders and not files: a file that is renamed into the map's place would never be heard of. */
class WatchedFolders {
	private readonly watchers = new Map<string, FSWatcher>();
	private names: readonly string[] = [];
	private planned: NodeJS.Timeout | undefined;

	constructor(
		private readonly path: string,
		private readonly look: () => void,
	) {
		this.watch();
	}

	/** Again and again: a folder may come later, or another one in its place, and a link may lead elsewhere. */
	watch(): void {
		const places = placesOf(this.path);
		this.names = places.map((place) => basename(place));
		const folders = new Set(places.map((place) => dirname(place)));
		for (const folder of this.watchers.keys())
			if (!folders.has(folder)) this.forget(folder);
		for (const folder of folders)
			if (!this.watchers.has(folder)) this.begin(folder);
	}

	close(): void {
		clearTimeout(this.planned);
		for (const folder of this.watchers.keys()) this.forget(folder);
	}

	private begin(folder: string): void {
		try {
			const watcher = watch(folder, { persistent: false }, (_, name) => {
				// The folder itself was moved or removed, and this watcher with it.
				if (name === basename(folder)) this.forget(folder);
				else if (name === null || this.isOfMap(name)) this.plan();
			});
			watcher.on("error", () => this.forget(folder));
			this.watchers.set(folder, watcher);
		} catch {
			// It is not there, or the system has no watch to give: the timer looks all the same.
		}
	}

	private forget(folder: string): void {
		this.watchers.get(folder)?.close();
		this.watchers.delete(folder);
	}

	/** The map, its journal and its log. */
	private isOfMap(name: string): boolean {
		return this.names.some((own) => name.startsWith(own));
	}

	private plan(): void {
		this.planned ??= setTimeout(() => {
			this.planned = undefined;
			this.look();
		}, BURST_MS).unref();
	}
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
