// Longer than 300 lines: the connection, the fingerprint and the traps of reading only make sense together.
import {
	type BigIntStats,
	closeSync,
	fstatSync,
	openSync,
	readSync,
	statSync,
} from "node:fs";
import type { Mode } from "../mode.js";
import type { LastRead } from "./map-source.js";
import {
	type Connection,
	type Driver,
	isWritersDoing,
	type Statement,
} from "./sqlite-driver.js";
import {
	Damaged,
	settingOf,
	Unreadable,
	unreadableFile,
	unreadableSqlite,
} from "./unreadable.js";

/** Milliseconds after which damage that no read has met again no longer counts. */
const DAMAGE_LASTS_MS = 1_000;

/** The content that a transaction reads. */
export interface Content {
	/** Whether it differs from the content that was read last. */
	readonly isNew: boolean;
	/**
	 * Rows keep their rowids while it is the same: device, inode, and SQLite's schema cookie, which VACUUM changes too
	 * (sqlite.org/fileformat2.html, 1.3.9).
	 */
	readonly numbering: string;
	/** In milliseconds of performance.now(): when the content that was read last was still the current one. -Infinity: never. */
	readonly since: number;
}

/** A file with our own descriptor. Its connection is undefined until it is needed, and after a failure. */
interface OpenFile {
	readonly fd: number;
	readonly stamp: Stamp;
	database: Database | undefined;
}

/** The content that was read last. */
interface Fingerprint {
	readonly stamp: Stamp;
	readonly header: Buffer;
	/** SQLite's data_version; 0 unless in WAL mode. */
	readonly version: number;
	/** performance.now() from which the content must be read again; infinite if the stamp identifies it. */
	readonly settlesAt: number;
}

/**
 * A SQLite file at a path, read under SQLite's shared lock. isCurrent() tells with two system calls whether the content
 * is still the one that was read last.
 *
 * - The fingerprint (stamp of the path, header of the file, in WAL mode SQLite's data_version) is taken during a read,
 *   under its lock. No writer can then be between changing the counter in the header and committing, so fingerprint and
 *   content match. A fingerprint taken at any other time is compared, never kept.
 * - A program that copies over the file takes no lock. So the stamp must be equal before and after a read. A stamp that
 *   is younger than the clock's tick cannot tell two writes apart: once it is older, the content is read again.
 * - Closing any descriptor of a file drops this process's POSIX locks on it, in WAL mode the one that keeps the log from
 *   being deleted. So there is one descriptor per file, and it is closed after SQLite's.
 * - A replaced file stays open until its successor has been read, so that its inode number cannot be reused meanwhile.
 */
export class SqliteFile implements LastRead {
	/** 0 before the first read. */
	generation = 0;
	readonly #path: string;
	readonly #driver: Driver;
	readonly #mode: Mode;
	#current: OpenFile | undefined;
	/** The file that was read last, while #current, its successor, has not been read yet. */
	#previous: OpenFile | undefined;
	#fingerprint: Fingerprint | undefined;
	readonly #headerNow = Buffer.alloc(HEADER_BYTES);
	/** performance.now() when the content that was read last was certainly still the current one. */
	#currentAt = Number.NEGATIVE_INFINITY;
	/** The content in which a read met damage, and performance.now() until which that counts. */
	#damage: { stamp: Stamp; until: number } | undefined;

	constructor(path: string, driver: Driver, mode: Mode) {
		this.#path = path;
		this.#driver = driver;
		this.#mode = mode;
	}

	/** Whether a read met damage in the current content: another read may meet it again. */
	get isDamaged(): boolean {
		return this.#damage !== undefined && performance.now() < this.#damage.until;
	}

	isCurrent(): boolean {
		const fingerprint = this.#fingerprint;
		const file = this.#current;
		if (fingerprint === undefined || file?.database === undefined) return false;
		if (!isSameStamp(stampOf(this.#path, this.#mode), fingerprint.stamp))
			return false;
		const now = performance.now();
		if (fingerprint.settlesAt <= now) return false;
		try {
			readHeader(file.fd, this.#headerNow);
			const isSame =
				this.#headerNow.equals(fingerprint.header) &&
				(!isWal(fingerprint.header) ||
					file.database.dataVersion() === fingerprint.version);
			if (isSame && fingerprint.settlesAt === Number.POSITIVE_INFINITY)
				this.#currentAt = now;
			return isSame;
		} catch (error) {
			throw unreadableSqlite(this.#path, error, this.#mode);
		}
	}

	/**
	 * Runs `body` in one read transaction. It must read something and change nothing.
	 * @throws Unreadable
	 */
	read<T>(body: (database: Database, content: Content) => T): T {
		this.#forgetUnsettled();
		return untilSteady(this.#path, () => {
			const stamp = stampOf(this.#path, this.#mode);
			const opened = this.#open(stamp);
			try {
				opened.database ??= new Database(this.#driver, this.#path);
				const database = opened.database;
				let locked = 0;
				const { value, after, version } = database.transaction(() => {
					// Must come first: it takes the lock.
					const schema = database.schemaVersion();
					locked = performance.now();
					readHeader(opened.fd, this.#headerNow);
					const version = isWal(this.#headerNow) ? database.dataVersion() : 0;
					const isNew = !this.#isKept(stamp, version);
					const numbering = `${stamp.dev}:${stamp.ino} ${schema}`;
					const since = this.#currentAt;
					const value = body(database, { isNew, numbering, since });
					return { value, after: stampOf(this.#path, this.#mode), version };
				});
				if (isSameStamp(after, stamp)) {
					this.#keep(stamp, version);
					this.#currentAt = locked;
					return value;
				}
				// The pages may be from both contents.
				disconnect(opened);
				return CHANGED;
			} catch (error) {
				const failure = unreadableSqlite(this.#path, error, this.#mode);
				// Pages of a damaged or half-copied file must not stay in SQLite's cache.
				if (!failure.isPassing) disconnect(opened);
				if (failure instanceof Damaged)
					this.#damage = { stamp, until: Number.POSITIVE_INFINITY };
				throw failure;
			}
		});
	}

	/** The file, or Galaxy's table in it, does not exist now: nothing that is read later was there before. */
	wasAbsent(): void {
		this.#currentAt = performance.now();
	}

	close(): void {
		close(this.#current);
		close(this.#previous);
		this.#current = undefined;
		this.#previous = undefined;
		this.#fingerprint = undefined;
	}

	/** Forgets content whose stamp was too young, when it was read, to tell it from a later write. */
	#forgetUnsettled(): void {
		const fingerprint = this.#fingerprint;
		if (fingerprint === undefined || fingerprint.settlesAt > performance.now())
			return;
		if (this.#current !== undefined) disconnect(this.#current);
		this.#fingerprint = undefined;
		if (this.#damage !== undefined)
			this.#damage.until = performance.now() + DAMAGE_LASTS_MS;
	}

	/** The file with this stamp, which is at the path now. @throws Unreadable */
	#open(stamp: Stamp): OpenFile {
		if (
			this.#previous !== undefined &&
			isSameFile(stamp, this.#previous.stamp)
		) {
			close(this.#current);
			this.#current = this.#previous;
			this.#previous = undefined;
		}
		try {
			const current = this.#current;
			if (current === undefined || !isSameFile(stamp, current.stamp))
				return this.#openSuccessor();
			if (this.#previous === undefined) this.#dropStalePages(current, stamp);
			return current;
		} catch (error) {
			throw unreadableFile(this.#path, error, this.#mode);
		}
	}

	#openSuccessor(): OpenFile {
		const fd = openSync(this.#path, "r");
		const stamp = fstatSync(fd, STAT);
		if (this.#previous === undefined) this.#previous = this.#current;
		else close(this.#current);
		this.#current = { fd, stamp, database: undefined };
		return this.#current;
	}

	/** A copy over the file can leave the header unchanged: SQLite would then keep using pages of the old content. */
	#dropStalePages(file: OpenFile, stamp: Stamp): void {
		const last = this.#fingerprint;
		if (last === undefined || isSameStamp(stamp, last.stamp)) return;
		readHeader(file.fd, this.#headerNow);
		if (keepsPageCache(this.#headerNow, last.header)) disconnect(file);
	}

	/** Whether the content with this stamp, and the header in #headerNow, is the one that was read last. */
	#isKept(stamp: Stamp, version: number): boolean {
		const last = this.#fingerprint;
		return (
			last !== undefined &&
			isSameStamp(stamp, last.stamp) &&
			last.version === version &&
			this.#headerNow.equals(last.header)
		);
	}

	#keep(stamp: Stamp, version: number): void {
		const last = this.#fingerprint;
		if (!this.#isKept(stamp, version)) {
			this.generation++;
			const isSame = last !== undefined && isSameStamp(stamp, last.stamp);
			const wait = unsettledMs(stamp) || Number.POSITIVE_INFINITY;
			const settlesAt = isSame ? last.settlesAt : performance.now() + wait;
			const header = Buffer.from(this.#headerNow);
			this.#fingerprint = { stamp, header, version, settlesAt };
		}
		if (this.#damage !== undefined && !isSameStamp(stamp, this.#damage.stamp))
			this.#damage = undefined;
		close(this.#previous);
		this.#previous = undefined;
	}
}

/** A connection, and its statements by their SQL, which live as long as the connection. */
export class Database {
	readonly #connection: Connection;
	readonly #statements = new Map<string, Statement>();

	/** @throws SQLite's error */
	constructor(driver: Driver, path: string) {
		this.#connection = driver.open(path);
	}

	statement(sql: string): Statement {
		let statement = this.#statements.get(sql);
		if (statement === undefined) {
			statement = this.#connection.prepare(sql);
			this.#statements.set(sql, statement);
		}
		return statement;
	}

	/**
	 * Runs `body` in a read transaction. From its first read on, no writer changes the file (in WAL mode: the transaction
	 * sees one snapshot). After an error that no writer caused, the connection must be closed.
	 */
	transaction<T>(body: () => T): T {
		this.statement("BEGIN").run();
		try {
			const value = body();
			this.statement("COMMIT").run();
			return value;
		} catch (error) {
			if (isWritersDoing(error)) this.statement("COMMIT").run();
			throw error;
		}
	}

	/** Changes when another connection commits. Comparable within this connection only. */
	dataVersion(): number {
		return Number(this.statement("PRAGMA data_version").get()?.data_version);
	}

	schemaVersion(): number {
		const row = this.statement("PRAGMA schema_version").get();
		return Number(row?.schema_version);
	}

	close(): void {
		this.#connection.close();
	}
}

function disconnect(file: OpenFile): void {
	file.database?.close();
	file.database = undefined;
}

function close(file: OpenFile | undefined): void {
	if (file === undefined) return;
	disconnect(file);
	closeSync(file.fd);
}

// ---- fingerprints; of JSON maps, only the stamp

/** Tells one state of a file from the next. Can be posted between threads. */
export type Stamp = Pick<
	BigIntStats,
	"dev" | "ino" | "size" | "mtimeNs" | "ctimeNs"
>;

const STAT = { bigint: true } as const;

/** @throws Unreadable unless a regular file is at the path */
export function stampOf(path: string, mode: Mode): BigIntStats {
	let stats: BigIntStats;
	try {
		stats = statSync(path, STAT);
	} catch (error) {
		throw unreadableFile(path, error, mode);
	}
	if (stats.isFile()) return stats;
	throw new Unreadable(
		`${path} is not a file. Compare --sessions with Galaxy's ${settingOf(mode)}.`,
		false,
	);
}

function isSameFile(a: Stamp, b: Stamp): boolean {
	return a.ino === b.ino && a.dev === b.dev;
}

export function isSameStamp(a: Stamp, b: Stamp): boolean {
	return (
		a.mtimeNs === b.mtimeNs &&
		a.ctimeNs === b.ctimeNs &&
		a.size === b.size &&
		isSameFile(a, b)
	);
}

/**
 * Milliseconds. Two writes within one tick of the kernel's clock (10 ms at most) leave the same stamp; on file systems
 * that keep whole seconds (ext4 with small inodes), two within a second.
 */
const TICK_MS = 20;
const WHOLE_SECONDS_MS = 2_000;
const SECOND_NS = 1_000_000_000n;

/** Milliseconds until the stamp identifies the content; 0 if it does. */
export function unsettledMs({ ctimeNs }: Stamp): number {
	const tick = ctimeNs % SECOND_NS === 0n ? WHOLE_SECONDS_MS : TICK_MS;
	const age = Date.now() - Number(ctimeNs / 1_000_000n);
	return Math.abs(age) < tick ? tick : 0;
}

/**
 * Bytes 16 to 40 of a SQLite file (sqlite.org/fileformat2.html, 1.3): page size, journal mode, and from 24 on the
 * sixteen bytes by which SQLite itself tells whether its page cache is valid.
 */
const HEADER_BYTES = 24;
const HEADER_AT = 16;
const WRITE_VERSION_AT = 18 - HEADER_AT;
const PAGE_CACHE_AT = 24 - HEADER_AT;

/** Fills `header`; bytes beyond the end of the file become 0. @throws the file system's error. */
function readHeader(fd: number, header: Buffer): void {
	const got = readSync(fd, header, 0, HEADER_BYTES, HEADER_AT);
	if (got < HEADER_BYTES) header.fill(0, got);
}

/** Whether SQLite would keep using pages that it read under the other header. */
function keepsPageCache(a: Buffer, b: Buffer): boolean {
	return (
		a.compare(b, PAGE_CACHE_AT, HEADER_BYTES, PAGE_CACHE_AT, HEADER_BYTES) === 0
	);
}

function isWal(header: Buffer): boolean {
	return header[WRITE_VERSION_AT] === 2;
}

/** How often the content may change during one read; more often than that means an endless copy. */
const ATTEMPTS = 4;

/** The result of a read that met two contents. */
export const CHANGED = Symbol("changed");

/** Repeats the read until it meets one content. @throws Unreadable */
export function untilSteady<T>(
	path: string,
	read: () => T | typeof CHANGED,
): T {
	for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
		const result = read();
		if (result !== CHANGED) return result;
	}
	throw new Unreadable(
		`${path} changes faster than it can be read: another file is being copied over it. If that does not end, find out which program does it.`,
		true,
	);
}
