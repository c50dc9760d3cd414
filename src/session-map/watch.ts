import { readdirSync, realpathSync, statSync, watch } from "node:fs";
import { statfs } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { FSWatcher } from "chokidar";

/** Milliseconds between two looks without an event, as always on network file systems. */
const LOOK_MS = 1000;
/** Milliseconds from an event to the look: a commit is a burst of events, and only the last one comes after it. */
const BURST_MS = 5;
/**
 * Milliseconds from an event to further looks: chokidar reports no change within 50 ms of another, on a busy machine within
 * more. A removed row's tunnels end within 100 ms.
 */
const UNREPORTED_MS = [60, 120, 180, 240];

/**
 * A folder with more entries is not watched: at each change chokidar asks for the state of every entry, which for
 * thousands of them costs more than the event is worth.
 */
const MOST_ENTRIES = 200;

/**
 * Calls `look` soon after the file may have changed, and every second. The look itself must find out whether anything
 * has changed. Watches folders, not the file: a file that is renamed into the map's place would not be noticed.
 * @param onEvents whether to use file events; network file systems report no changes by other machines
 * @returns stops it
 */
export function watchMap(
	path: string,
	look: () => void,
	onEvents: boolean,
): () => void {
	let chokidar: typeof import("chokidar") | undefined;
	let watcher: FSWatcher | undefined;
	let identity = "";
	const timers = new Map<number, NodeJS.Timeout>();
	const lookIn = (milliseconds: number): void => {
		if (timers.has(milliseconds)) return;
		const timer = setTimeout(() => {
			timers.delete(milliseconds);
			look();
		}, milliseconds);
		timers.set(milliseconds, timer.unref());
	};
	/** A folder may be made later or replaced, and a link may change. */
	const follow = (): void => {
		if (chokidar === undefined) return;
		const places = placesOf(path);
		if (places.identity === identity) return;
		if (watcher !== undefined) endWatch(watcher);
		identity = places.identity;
		watcher = chokidar.watch([...places.folders].filter(isSmall), {
			depth: 0,
			ignoreInitial: true,
			persistent: false,
			// Suppresses events of the folder's other files; chokidar still looks at each of them.
			ignored: (each) =>
				!places.folders.has(each) &&
				!places.names.some((name) => basename(each).startsWith(name)),
		});
		watcher.on("all", () => {
			lookIn(BURST_MS);
			for (const milliseconds of UNREPORTED_MS) lookIn(milliseconds);
		});
		// No watch is available, or the folder is unreadable. The timer remains.
		watcher.on("error", () => {});
		watcher.once("ready", endEarly);
	};
	// chokidar is loaded late, and reports no change from before it is ready, which takes a second on a busy machine.
	const endEarly = onEvents
		? watchFolders(placesOf(path).folders, () => lookIn(BURST_MS))
		: () => {};
	const interval = setInterval(() => {
		follow();
		look();
	}, LOOK_MS).unref();
	let isClosed = false;
	// Loaded while the daemon already serves. If that fails, the timer remains.
	if (onEvents)
		import("chokidar").then(
			(loaded) => {
				if (isClosed) return;
				chokidar = loaded;
				follow();
			},
			() => {},
		);
	return () => {
		isClosed = true;
		clearInterval(interval);
		endEarly();
		for (const timer of timers.values()) clearTimeout(timer);
		if (watcher !== undefined) endWatch(watcher);
	};
}

/** chokidar removes its listeners when it is closed, but still reports errors of what it was about to look at. */
function endWatch(watcher: FSWatcher): void {
	void watcher.close();
	watcher.on("error", () => {});
}

/** Calls `onEvent` for each change in the folders that exist, by Node's own events. @returns stops it */
function watchFolders(
	folders: Iterable<string>,
	onEvent: () => void,
): () => void {
	const watchers = [...folders].flatMap((folder) => {
		try {
			return watch(folder, { persistent: false }, onEvent);
		} catch {
			// It does not exist, or no watch is available. The timer remains.
			return [];
		}
	});
	for (const watcher of watchers) watcher.on("error", () => {});
	return () => {
		for (const watcher of watchers) watcher.close();
	};
}

/** A folder that does not exist yet is small: chokidar waits for it in the folder above. */
function isSmall(folder: string): boolean {
	try {
		return readdirSync(folder).length <= MOST_ENTRIES;
	} catch {
		return true;
	}
}

interface Places {
	readonly folders: ReadonlySet<string>;
	/** Of the map; its journal and its log begin with it. */
	readonly names: readonly string[];
	/** Differs if other folders are at these paths. */
	readonly identity: string;
}

/** The file's own place, and the one that a link resolves to. */
function placesOf(path: string): Places {
	const files = [path];
	try {
		files.push(realpathSync(path));
	} catch {
		// The file does not exist yet.
	}
	const folders = new Set(files.map(dirname));
	return {
		folders,
		names: files.map((file) => basename(file)),
		identity: [...files, ...[...folders].map(identityOf)].join("\n"),
	};
}

/** A folder that was removed and made again may get the old inode number, but has another birth time. */
function identityOf(folder: string): string {
	try {
		const { dev, ino, birthtimeMs } = statSync(folder);
		return `${dev}:${ino}:${birthtimeMs}`;
	} catch {
		return "unreachable";
	}
}

/** statfs(2) f_type of file systems whose server may be slow or gone, and which show changes late. */
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

/** Milliseconds after which a file system that has not answered counts as a network file system. */
const ANSWER_MS = 1000;

/** Whether the file is, or would be, on a network file system. Never blocks the event loop. */
export function isOnNetwork(path: string): Promise<boolean> {
	const late = pause(ANSWER_MS, true, { ref: false });
	return Promise.race([hasNetworkType(path), late]);
}

async function hasNetworkType(path: string): Promise<boolean> {
	try {
		// Some platforms return it as a signed number.
		return NETWORK_TYPES.has((await statfs(path)).type >>> 0);
	} catch {
		// The file does not exist yet, or is not accessible: its folder is on the same file system.
		const folder = dirname(path);
		return folder !== path && hasNetworkType(folder);
	}
}
