import { closeSync, constants, openSync, rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { type MapEdit, NotWritten, writeFault } from "./edit.js";

const { O_CREAT, O_EXCL, O_RDWR } = constants;

/** Milliseconds, both Galaxy's (lib/galaxy/util/filelock.py): between two attempts, and until it gives up. */
const DELAY_MS = 50;
const LOCK_MS = 10_000;
/** Milliseconds; a writer holds the lock for a few. */
const WAIT_MS = 500;

/**
 * Works while this process holds Galaxy's lock on the map: a file beside it, which is held by whoever has made it and
 * free when it is gone. No reader looks at it. It is removed when the work has ended, however it has.
 * @param patience milliseconds to wait for another's
 * @throws NotWritten where the lock cannot be had; AbortError
 */
export async function underFileLock<T>(
	{ path, signal, onWait }: MapEdit,
	work: () => Promise<T>,
	patience = LOCK_MS,
): Promise<T> {
	const lock = `${path}.lock`;
	const started = performance.now();
	let isTold = false;
	while (!isMade(lock)) {
		const waited = performance.now() - started;
		if (waited >= WAIT_MS && !isTold) {
			isTold = true;
			onWait(lock);
		}
		if (waited >= patience)
			throw new NotWritten(
				`${lock} is still there after ${patience / 1000} s: who writes the map holds it, or has died and left it. If it is older than a minute, delete it; Galaxy cannot start environments either while it is there.`,
			);
		await pause(DELAY_MS, undefined, { signal });
	}
	// By force: our own message tells people to delete it.
	const free = () => rmSync(lock, { force: true });
	process.once("exit", free);
	try {
		return await work();
	} finally {
		process.off("exit", free);
		free();
	}
}

function isMade(lock: string): boolean {
	try {
		closeSync(openSync(lock, O_CREAT | O_EXCL | O_RDWR));
		return true;
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "EEXIST")
			return false;
		throw writeFault(lock, error);
	}
}
