import { readdirSync, realpathSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { FSWatcher } from "chokidar";

/** Milliseconds between two looks where nothing else tells of a change; on network file systems that is always. */
const LOOK_MS = 1000;
/** Milliseconds from an event to the look: a commit is a burst of them, and only behind the last one there is the new map. */
const BURST_MS = 5;
/** Milliseconds from an event to a second look: chokidar tells nothing of what follows a change within 50 ms. */
const UNTOLD_MS = 60;

/**
 * Calls `look` soon after the file may have changed, and every second. Both are hints: the look itself must tell whether
 * anything has changed.
 * @param onEvents whether the system's file events are of use, as they are not on network file systems
 * @returns what ends it
 */
export function watchMap(
	path: string,
	look: () => void,
	onEvents: boolean,
): () => void {
	const watched = onEvents ? new WatchedFolders(path, look) : undefined;
	const timer = setInterval(() => {
		watched?.follow();
		look();
	}, LOOK_MS).unref();
	return () => {
		clearInterval(timer);
		watched?.close();
	};
}

/**
 * Entries of a folder beyond which it is not watched: at each change chokidar asks for the state of every one, which for
 * thousands takes longer than what it tells is worth.
 */
const MOST_ENTRIES = 200;

/** The folders of the map, and not the file: one that is renamed into the map's place would never be heard of. */
class WatchedFolders {
	readonly #path: string;
	readonly #look: () => void;
	/** By the milliseconds after which they look. */
	readonly #planned = new Map<number, NodeJS.Timeout>();
	#chokidar: typeof import("chokidar") | undefined;
	#watcher: FSWatcher | undefined;
	#places: Places | undefined;
	#isClosed = false;

	constructor(path: string, look: () => void) {
		this.#path = path;
		this.#look = look;
		// Loaded while the daemon serves already. Where that fails, the timer looks all the same.
		import("chokidar").then(
			(chokidar) => {
				this.#chokidar = chokidar;
				this.follow();
			},
			() => {},
		);
	}

	/** To be called again and again: a folder may come later, or another one in its place, and a link may lead elsewhere. */
	follow(): void {
		const places = placesOf(this.#path);
		const isSame = places.identity === this.#places?.identity;
		if (this.#isClosed || this.#chokidar === undefined || isSame) return;
		void this.#watcher?.close();
		this.#places = places;
		const folders = [...places.folders].filter(isSmall);
		this.#watcher = this.#chokidar.watch(folders, {
			depth: 0,
			ignoreInitial: true,
			persistent: false,
			// Of the folder's other files no event is told; chokidar looks at each of them all the same.
			ignored: (each) => !places.folders.has(each) && !isOfMap(each, places),
		});
		this.#watcher.on("all", () => this.#plan());
		// There is no watch to be had, or the folder cannot be read: the timer looks all the same.
		this.#watcher.on("error", () => {});
	}

	close(): void {
		this.#isClosed = true;
		for (const timer of this.#planned.values()) clearTimeout(timer);
		void this.#watcher?.close();
	}

	#plan(): void {
		this.#lookIn(BURST_MS);
		this.#lookIn(UNTOLD_MS);
	}

	#lookIn(milliseconds: number): void {
		if (this.#planned.has(milliseconds) || this.#isClosed) return;
		const timer = setTimeout(() => {
			this.#planned.delete(milliseconds);
			this.#look();
		}, milliseconds);
		this.#planned.set(milliseconds, timer.unref());
	}
}

/** One that is not there yet is: chokidar waits for it above. */
function isSmall(folder: string): boolean {
	try {
		return readdirSync(folder).length <= MOST_ENTRIES;
	} catch {
		return true;
	}
}

interface Places {
	readonly folders: ReadonlySet<string>;
	readonly names: readonly string[];
	/** Another one where other folders are at these paths. */
	readonly identity: string;
}

/** Where the file is, and where it really is if a link leads there. */
function placesOf(path: string): Places {
	const files = [path];
	try {
		files.push(realpathSync(path));
	} catch {
		// Not there yet.
	}
	const folders = new Set(files.map(dirname));
	return {
		folders,
		names: files.map((file) => basename(file)),
		identity: [...files, ...[...folders].map(identityOf)].join("\n"),
	};
}

/** The map, its journal and its log. */
function isOfMap(file: string, { names }: Places): boolean {
	return names.some((name) => basename(file).startsWith(name));
}

/** A folder that was removed and made again may have the number of the old one, but not its birth. */
function identityOf(folder: string): string {
	try {
		const { dev, ino, birthtimeMs } = statSync(folder);
		return `${dev}:${ino}:${birthtimeMs}`;
	} catch {
		// Not there, or not to be reached.
		return "nothing";
	}
}

/** statfs(2) f_type of file systems whose server may be slow or gone, and which report changes late. */
const NETWORK_TYPES = new Set([
	0x6969, // NFS
	0x517b, // SMB
	0xff534d42, // CIFS
	0xfe534d42, // SMB 2
	0x65735546, // FUSE
	0x01021997, // 9P
	0x00c36400, // Ceph
	0x0bd00bd0, // Lustre
	0x47504653, // GPFS
	0x19830326, // BeeGFS
	0x5346414f, // AFS
]);

/** Milliseconds after which a file system that has not answered is taken for one behind a network. */
const ANSWER_MS = 1000;

/** Whether the file is, or would be, on a network file system; asked without ever stopping the event loop. */
export async function isOnNetwork(path: string): Promise<boolean> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<true>((resolve) => {
		timer = setTimeout(resolve, ANSWER_MS, true);
	});
	try {
		return await Promise.race([hasNetworkType(path), late]);
	} finally {
		clearTimeout(timer);
	}
}

async function hasNetworkType(path: string): Promise<boolean> {
	try {
		// Some platforms hand it out as a signed number.
		return NETWORK_TYPES.has((await statfs(path)).type >>> 0);
	} catch {
		// Not there yet, or not to be looked at: its folder tells.
		const folder = dirname(path);
		return folder !== path && hasNetworkType(folder);
	}
}
