import { type BigIntStats, readSync, statSync } from "node:fs";
import { fileFault, Unreadable } from "./unreadable.js";

/** What tells one state of a file from the next. Crosses threads. */
export type Stamp = Pick<
	BigIntStats,
	"dev" | "ino" | "size" | "mtimeNs" | "ctimeNs"
>;

const STAT = { bigint: true } as const;

/** Of whatever stands at the path now. @throws Unreadable where nothing does, or no regular file. */
export function stampOf(path: string): BigIntStats {
	let stats: BigIntStats;
	try {
		stats = statSync(path, STAT);
	} catch (error) {
		throw fileFault(path, error);
	}
	if (stats.isFile()) return stats;
	throw new Unreadable(
		`${path} is not a file. Compare --sessions with Galaxy's dynamic_proxy_session_map.`,
		false,
	);
}

export function sameFile(a: Stamp, b: Stamp): boolean {
	return a.ino === b.ino && a.dev === b.dev;
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
	return (
		a.mtimeNs === b.mtimeNs &&
		a.ctimeNs === b.ctimeNs &&
		a.size === b.size &&
		sameFile(a, b)
	);
}

/**
 * Milliseconds. Two writes within one tick of the kernel's clock (10 ms at most) leave the same stamp, and on file
 * systems that keep whole seconds (ext4 made with small inodes) two within a second.
 */
const TICK_MS = 20;
const WHOLE_SECONDS_MS = 2_000;
const SECOND_NS = 1_000_000_000n;

/** Milliseconds for which a stamp does not tell yet which content it belongs to; 0 where it does. */
export function unsettledMs({ ctimeNs }: Stamp): number {
	const tick = ctimeNs % SECOND_NS === 0n ? WHOLE_SECONDS_MS : TICK_MS;
	const age = Date.now() - Number(ctimeNs / 1_000_000n);
	return Math.abs(age) < tick ? tick : 0;
}

/**
 * A SQLite file's header from byte 16 to 40 (sqlite.org/fileformat2.html, 1.3): page size, journal mode, and the
 * sixteen bytes from 24 on by which SQLite itself tells whether its page cache still holds.
 */
export const HEADER_BYTES = 24;
const HEADER_AT = 16;
const WRITE_VERSION_AT = 18 - HEADER_AT;
const PAGE_CACHE_AT = 24 - HEADER_AT;

/** Reads into `header`; what a short file lacks becomes 0. @throws the file system's error. */
export function readHeader(fd: number, header: Buffer): void {
	const got = readSync(fd, header, 0, HEADER_BYTES, HEADER_AT);
	if (got < HEADER_BYTES) header.fill(0, got);
}

/** Whether SQLite would go on using pages that it read under the other header. */
export function samePageCache(a: Buffer, b: Buffer): boolean {
	return (
		a.compare(b, PAGE_CACHE_AT, HEADER_BYTES, PAGE_CACHE_AT, HEADER_BYTES) === 0
	);
}

export function isWal(header: Buffer): boolean {
	return header[WRITE_VERSION_AT] === 2;
}
