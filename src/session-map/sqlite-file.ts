// Over the house's 300 lines: what is always read together has just become one file; it gets shorter.
import {
	type BigIntStats,
	closeSync,
	fstatSync,
	openSync,
	readSync,
	statSync,
} from "node:fs";
import {
	type Connection,
	type Driver,
	isWritersDoing,
	type Statement,
} from "./sqlite-driver.js";
import {
	changesTooFast,
	Damaged,
	fileFault,
	Unreadable,
} from "./unreadable.js";

/** How often a file may change while it is being read before that is somebody's copy, or loop. */
const ATTEMPTS = 4;

/** Milliseconds in which damage that is still there is met again by those who ask. */
const MET_AGAIN_MS = 1_000;

/** What is read in one transaction. */
export interface Content {
	/** Whether it differs from what was read last. */
	readonly isNew: boolean;
	/** SQLite's schema cookie, which moves on with VACUUM too (sqlite.org/fileformat2.html, 1.3.9). */
	readonly schema: number;
	/** Which file it is, by device and inode. */
	readonly file: string;
}

/** One file: our own descriptor of it, and SQLite's connection unless a fault cost us that. */
interface Opened {
	readonly fd: number;
	readonly stamp: Stamp;
	database: Database | undefined;
}

/**
 * A SQLite file at a path, read under SQLite's shared lock, and a way to tell for two system calls whether what was
 * read last still stands.
 *
 * The fingerprint (stamp of the path, header of the file, in WAL mode SQLite's data_version) is taken while the lock
 * of the read is held: no writer can then be between moving the change counter and committing, so that fingerprint and
 * content belong together. One met at any other time is compared, never kept.
 *
 * Who copies over the file takes no lock. So the stamp must be the same before a read and after it, and one that is
 * younger than the clock's tick is looked behind once more when that is over.
 *
 * Closing any descriptor of a file drops this process's POSIX locks on it, in WAL mode the one that keeps the log from
 * being deleted: so ours is closed after SQLite's, and there is one for each file. A file that was replaced stays open
 * until its successor was read, so that its inode number cannot come back meanwhile.
 */
export class SqliteFile {
	/** Moves on with each change of the content that a read has met. 0: nothing was read yet. */
	generation = 0;
	readonly #path: string;
	readonly #driver: Driver;
	#opened: Opened | undefined;
	/** The file that was read last, where #opened is its successor and was not read yet. */
	#before: Opened | undefined;
	#stamp: Stamp | undefined;
	/** performance.now() from when on content of this stamp has to be read anew; infinite where the stamp can be relied on. */
	#settlesAt = Number.POSITIVE_INFINITY;
	/** Of the content in which a read met damage. */
	#damaged: Stamp | undefined;
	/** performance.now() until when that counts: what was met before the stamp could be relied on may be mended. */
	#damagedUntil = Number.POSITIVE_INFINITY;
	#version = 0;
	#header = Buffer.alloc(HEADER_BYTES);
	#headerNow = Buffer.alloc(HEADER_BYTES);

	constructor(path: string, driver: Driver) {
		this.#path = path;
		this.#driver = driver;
	}

	/** Whether a read met damage in the content that was read last: another read may meet it again. */
	get isDamaged(): boolean {
		return (
			this.#damaged !== undefined && performance.now() < this.#damagedUntil
		);
	}

	/** Whether the last read still stands. @throws Unreadable */
	current(): boolean {
		const opened = this.#opened;
		if (this.#stamp === undefined || opened?.database === undefined)
			return false;
		if (!sameStamp(stampOf(this.#path), this.#stamp)) return false;
		if (this.#settlesAt <= performance.now()) return false;
		try {
			readHeader(opened.fd, this.#headerNow);
			return (
				this.#headerNow.equals(this.#header) &&
				(!isWal(this.#header) ||
					opened.database.dataVersion() === this.#version)
			);
		} catch (error) {
			throw sqliteFault(this.#path, error);
		}
	}

	/**
	 * Runs `body`, which must read, and nothing but read, in one transaction.
	 * @throws Unreadable
	 */
	read<T>(body: (database: Database, content: Content) => T): T {
		if (this.#settlesAt <= performance.now()) this.#forgetUnsettled();
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			const found = stampOf(this.#path);
			const opened = this.#open(found);
			try {
				opened.database ??= new Database(this.#driver, this.#path);
				const database = opened.database;
				const { value, stamp, version } = database.transaction(() => {
					// The first read of the transaction, which takes the lock.
					const schema = database.schemaVersion();
					const version = this.#look(opened.fd, database);
					const isNew = !this.#isKept(found, version);
					const file = `${found.dev}:${found.ino}`;
					const value = body(database, { isNew, schema, file });
					return { value, stamp: stampOf(this.#path), version };
				});
				if (!sameStamp(stamp, found)) {
					// Its pages may be of both contents.
					disconnect(opened);
					continue;
				}
				this.#keep(stamp, version);
				return value;
			} catch (error) {
				const fault = sqliteFault(this.#path, error);
				// Pages that were read out of a damaged or half copied file must not be met again.
				if (!fault.passing) disconnect(opened);
				if (fault instanceof Damaged) {
					this.#damaged = found;
					this.#damagedUntil = Number.POSITIVE_INFINITY;
				}
				throw fault;
			}
		}
		throw changesTooFast(this.#path);
	}

	close(): void {
		for (const opened of [this.#opened, this.#before]) release(opened);
		this.#opened = undefined;
		this.#before = undefined;
		this.#stamp = undefined;
	}

	/** What was read under a stamp that could not tell it from what was written next. */
	#forgetUnsettled(): void {
		this.#settlesAt = Number.POSITIVE_INFINITY;
		if (this.#opened !== undefined) disconnect(this.#opened);
		this.#stamp = undefined;
		this.#damagedUntil = performance.now() + MET_AGAIN_MS;
	}

	/** The file of this stamp, which stands at the path, opened where it is another than before. @throws Unreadable */
	#open(stamp: Stamp): Opened {
		if (this.#before !== undefined && sameFile(stamp, this.#before.stamp)) {
			release(this.#opened);
			this.#opened = this.#before;
			this.#before = undefined;
		}
		try {
			const opened = this.#opened;
			if (opened === undefined || !sameFile(stamp, opened.stamp))
				return this.#openSuccessor();
			if (this.#before === undefined) this.#dropStalePages(opened, stamp);
			return opened;
		} catch (error) {
			throw fileFault(this.#path, error);
		}
	}

	#openSuccessor(): Opened {
		const fd = openSync(this.#path, "r");
		const successor = {
			fd,
			stamp: fstatSync(fd, { bigint: true }),
			database: undefined,
		};
		if (this.#before === undefined) this.#before = this.#opened;
		else release(this.#opened);
		this.#opened = successor;
		return successor;
	}

	/** A copy over the file can leave the header as it was: SQLite would then go on with pages of the old content. */
	#dropStalePages(opened: Opened, stamp: Stamp): void {
		if (this.#stamp === undefined || sameStamp(stamp, this.#stamp)) return;
		readHeader(opened.fd, this.#headerNow);
		if (samePageCache(this.#headerNow, this.#header)) disconnect(opened);
	}

	/** The header into #headerNow; returns the data_version, 0 unless in WAL mode. */
	#look(fd: number, database: Database): number {
		readHeader(fd, this.#headerNow);
		return isWal(this.#headerNow) ? database.dataVersion() : 0;
	}

	/** Whether the content with this stamp, and the header in #headerNow, is the one that was read last. */
	#isKept(stamp: Stamp, version: number): boolean {
		return (
			this.#stamp !== undefined &&
			sameStamp(stamp, this.#stamp) &&
			this.#version === version &&
			this.#headerNow.equals(this.#header)
		);
	}

	#keep(stamp: Stamp, version: number): void {
		const sameAsBefore =
			this.#stamp !== undefined && sameStamp(stamp, this.#stamp);
		if (!this.#isKept(stamp, version)) this.generation++;
		if (!sameAsBefore) this.#settlesAt = settlingTime(stamp);
		if (this.#damaged !== undefined && !sameStamp(stamp, this.#damaged))
			this.#damaged = undefined;
		this.#stamp = stamp;
		this.#version = version;
		[this.#header, this.#headerNow] = [this.#headerNow, this.#header];
		release(this.#before);
		this.#before = undefined;
	}
}

function settlingTime(stamp: Stamp): number {
	const wait = unsettledMs(stamp);
	return wait > 0 ? performance.now() + wait : Number.POSITIVE_INFINITY;
}

function disconnect(opened: Opened): void {
	opened.database?.close();
	opened.database = undefined;
}

function release(opened: Opened | undefined): void {
	if (opened === undefined) return;
	disconnect(opened);
	closeSync(opened.fd);
}

const DAMAGED = /not a database|malformed/;
const NOT_GALAXYS = /no such (table|column)/;

/** Errors of SQLite in words. */
export function sqliteFault(path: string, error: unknown): Unreadable {
	if (error instanceof Unreadable) return error;
	if (isWritersDoing(error))
		return new Unreadable(
			`${path} is locked, or a writer died in the middle of a commit, which Galaxy's next write mends (${String(error)}). If it stays so, look for the holder with: fuser ${path}`,
			true,
			error,
		);
	if (DAMAGED.test(String(error))) return new Damaged(path, error);
	if (NOT_GALAXYS.test(String(error)))
		return new Unreadable(
			`${path} is not as Galaxy writes it (${String(error)}). Compare --sessions with Galaxy's dynamic_proxy_session_map.`,
			false,
			error,
		);
	return fileFault(path, error);
}

/** A connection, and its statements by their SQL, which live as long as it does. */
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
	 * Runs `body` in a read transaction: from its first read to its end no writer touches the file (in WAL mode: it sees
	 * one snapshot). After an error that is not a writer's doing the connection must be closed.
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

	/** Moves on when another connection has committed; comparable within this connection alone. */
	dataVersion(): number {
		return Number(this.statement("PRAGMA data_version").get()?.data_version);
	}

	/** Of the content that the transaction reads. */
	schemaVersion(): number {
		const row = this.statement("PRAGMA schema_version").get();
		return Number(row?.schema_version);
	}

	close(): void {
		this.#connection.close();
	}
}

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
