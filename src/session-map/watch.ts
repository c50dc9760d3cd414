import { type FSWatcher, realpathSync, statSync, watch } from "node:fs";
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
	/** By what the folder is, not by its path: another one may have taken its place. */
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
		const folders = new Map(
			places.map(dirname).map((folder) => [identityOf(folder), folder]),
		);
		for (const identity of this.watchers.keys())
			if (!folders.has(identity)) this.forget(identity);
		for (const [identity, folder] of folders)
			if (!this.watchers.has(identity)) this.begin(identity, folder);
	}

	close(): void {
		clearTimeout(this.planned);
		for (const identity of this.watchers.keys()) this.forget(identity);
	}

	private begin(identity: string, folder: string): void {
		try {
			const watcher = watch(folder, { persistent: false }, (_, name) => {
				if (name === null || this.isOfMap(name)) this.plan();
			});
			watcher.on("error", () => this.forget(identity));
			this.watchers.set(identity, watcher);
		} catch {
			// It is not there, or the system has no watch to give: the timer looks all the same.
		}
	}

	private forget(identity: string): void {
		this.watchers.get(identity)?.close();
		this.watchers.delete(identity);
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

/** A folder that was removed and made again may have the number of the old one, but not its birth. */
function identityOf(folder: string): string {
	try {
		const { dev, ino, birthtimeMs } = statSync(folder);
		return `${dev}:${ino}:${birthtimeMs}`;
	} catch {
		// Not there, or not to be reached: the timer looks all the same.
		return "nothing";
	}
}
