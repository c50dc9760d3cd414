import { close, constants, fstatSync, openSync, write } from "node:fs";
import { Socket } from "node:net";
import { isatty } from "node:tty";

export const STDOUT = 1;

/** O_NONBLOCK: opening a FIFO that nobody reads must fail, not wait. */
const APPEND =
	constants.O_WRONLY |
	constants.O_APPEND |
	constants.O_CREAT |
	constants.O_NONBLOCK;
const AGAIN =
	constants.O_WRONLY |
	constants.O_APPEND |
	constants.O_NONBLOCK |
	constants.O_NOCTTY;

/** Bytes kept for a reader that is asleep, or a disk that is full: some thousand lines. */
const BUFFER_BYTES = 1024 * 1024;
/** Bytes of one write: PIPE_BUF, up to which a pipe takes all or nothing, so that our lines and Galaxy's do not mix. */
const WRITE_BYTES = 4096;
/** Milliseconds until a full pipe is tried again. */
const FULL_MS = 20;
/** Milliseconds until a broken destination (EPIPE, ENOSPC, EIO) is tried again. */
const BROKEN_MS = 1000;
/** Milliseconds that the last lines may take. */
const CLOSE_MS = 500;

/** Lines on their way to a descriptor. Invariant: while any is kept, a write is in flight or a retry is planned. */
export class Output {
	dropped = 0;
	#reported = 0;
	#fd: number;
	/** Moved away from while a write to it was in flight. */
	#left: number[] = [];
	#lines: Buffer[] = [];
	/** Of the lines that the latest write took up, what is not written yet. */
	#rest: Buffer = Buffer.alloc(0);
	#bytes = 0;
	#inFlight = false;
	#retry: NodeJS.Timeout | undefined;
	#onEnd: (() => void) | undefined;

	constructor(
		readonly open: () => number,
		readonly onRoom: (dropped: number) => void,
	) {
		this.#fd = open();
	}

	write(text: string): void {
		const line = Buffer.from(text);
		if (this.#bytes + line.length > BUFFER_BYTES) {
			this.dropped += 1;
			return;
		}
		this.#lines.push(line);
		this.#bytes += line.length;
		if (!this.#retry) this.#next();
	}

	reopen(): void {
		const fd = this.open();
		this.#left.push(this.#fd);
		this.#fd = fd;
		this.#tryNow();
	}

	close(): Promise<void> {
		return new Promise((resolve) => {
			const late = setTimeout(resolve, CLOSE_MS);
			this.#onEnd = () => {
				clearTimeout(late);
				resolve();
			};
			this.#tryNow();
		});
	}

	#tryNow(): void {
		clearTimeout(this.#retry);
		this.#retry = undefined;
		this.#next();
	}

	#next(): void {
		if (this.#inFlight) return;
		// A close that fails (NFS) has closed as well, and what it did not write is lost either way.
		for (const fd of this.#left.splice(0)) close(fd, () => {});
		if (this.#rest.length === 0) this.#rest = this.#takeLines();
		if (this.#rest.length === 0) {
			this.#onEnd?.();
			return;
		}
		this.#inFlight = true;
		const fd = this.#fd;
		write(fd, this.#rest, (error, count) => {
			this.#inFlight = false;
			if (error && fd === this.#fd) this.#failed(error);
			else this.#written(error ? 0 : count);
		});
	}

	#takeLines(): Buffer {
		let bytes = 0;
		const end = this.#lines.findIndex((line, i) => {
			bytes += line.length;
			return i > 0 && bytes > WRITE_BYTES;
		});
		return Buffer.concat(
			this.#lines.splice(0, end < 0 ? this.#lines.length : end),
		);
	}

	#failed(error: NodeJS.ErrnoException): void {
		const full = error.code === "EAGAIN";
		if (!full) this.#onEnd?.();
		const again = () => this.#tryNow();
		this.#retry = setTimeout(again, full ? FULL_MS : BROKEN_MS).unref();
	}

	#written(count: number): void {
		this.#rest = this.#rest.subarray(count);
		this.#bytes -= count;
		this.#next();
		this.#reportDropped();
	}

	#reportDropped(): void {
		const count = this.dropped - this.#reported;
		if (count === 0 || this.#bytes > BUFFER_BYTES / 2) return;
		this.#reported = this.dropped;
		this.onRoom(count);
	}
}

/** @throws {Error} that says what to do, where the file cannot be opened (for a FIFO: where nobody reads it) */
export function openToAppend(path: string): number {
	try {
		return openSync(path, APPEND, 0o640);
	} catch (cause) {
		const why = cause instanceof Error ? cause.message : cause;
		const message = `--log-file cannot be opened: ${why}; its folder must exist and this user may write there`;
		throw new Error(message, { cause });
	}
}

/**
 * A descriptor of standard output that never blocks. A blocked write would hold a thread of libuv's pool, and the
 * process could not even exit. The flag must not be set on Galaxy's own descriptor, which we inherit and share (Python then fails
 * with BlockingIOError), so a pipe or a terminal is opened anew, which gives one of our own. process.stdout would set it.
 */
export function standardOutput(): number {
	const status = fstatSync(STDOUT);
	if (!status.isFIFO() && !status.isSocket() && !isatty(STDOUT)) return STDOUT;
	try {
		return openSync(`/proc/self/fd/${STDOUT}`, AGAIN);
	} catch {
		return sharedOutput();
	}
}

/** For a socket (systemd), another user's pipe (supervisord with user=) and systems without /proc: shared with nobody who minds. */
function sharedOutput(): number {
	// Made for its side effect: it sets O_NONBLOCK, and Node takes that back at exit. Collected, it would close the descriptor.
	if (!isatty(STDOUT))
		kept.push(new Socket({ fd: STDOUT, readable: false, writable: true }));
	return STDOUT;
}

const kept: Socket[] = [];
