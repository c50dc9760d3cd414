import {
	close,
	constants,
	fstatSync,
	ftruncateSync,
	openSync,
	write,
} from "node:fs";
import { Socket } from "node:net";
import { isatty } from "node:tty";

export const STDOUT = 1;

const { O_WRONLY, O_APPEND, O_CREAT, O_NOCTTY, O_NONBLOCK } = constants;
/** O_NONBLOCK: opening a FIFO without a reader must fail, not wait. */
const APPEND = O_WRONLY | O_APPEND | O_NONBLOCK;

/** Bytes kept while the reader is stopped or the disk is full: some thousand lines. */
const BUFFER_BYTES = 1024 * 1024;
/** Bytes of one write: PIPE_BUF, up to which writes to a pipe are atomic, so that our lines and Galaxy's do not mix. */
const WRITE_BYTES = 4096;
/** Milliseconds until a full pipe is tried again. */
const FULL_MS = 20;
/** Milliseconds until a broken destination (EPIPE, ENOSPC, EIO) is tried again. */
const BROKEN_MS = 1000;
/** Milliseconds that the last lines may take. */
const CLOSE_MS = 500;

/** Buffers lines for a descriptor. Invariant: while lines are buffered, a write is in flight or a retry is planned. */
export class Output {
	dropped = 0;
	readonly #open: () => number;
	readonly #onRoom: (dropped: number) => void;
	#reported = 0;
	#fd: number;
	/** Descriptors that were replaced while a write to them was in flight. */
	#replaced: number[] = [];
	#lines: Buffer[] = [];
	/** The lines of the latest write, and their unwritten rest. */
	#batch: Buffer = Buffer.alloc(0);
	#rest = this.#batch;
	#bytes = 0;
	#state: "idle" | "writing" | NodeJS.Timeout = "idle";
	#onEnd: (() => void) | undefined;

	/** @param onRoom called once there is room again after lines were dropped */
	constructor(open: () => number, onRoom: (dropped: number) => void) {
		this.#open = open;
		this.#onRoom = onRoom;
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
		if (this.#state === "idle") this.#next();
	}

	reopen(): void {
		const fd = this.#open();
		this.#replaced.push(this.#fd);
		this.#fd = fd;
		this.#retryNow();
	}

	close(): Promise<void> {
		return new Promise((resolve) => {
			const late = setTimeout(resolve, CLOSE_MS);
			this.#onEnd = () => {
				clearTimeout(late);
				resolve();
			};
			this.#retryNow();
		});
	}

	#retryNow(): void {
		if (this.#state === "writing") return;
		if (this.#state !== "idle") clearTimeout(this.#state);
		this.#next();
	}

	/** Begins the next write; none may be in flight. */
	#next(): void {
		// A close that fails (NFS) has closed the descriptor too, and unwritten data is lost either way.
		for (const fd of this.#replaced.splice(0)) close(fd, () => {});
		if (this.#rest.length === 0) this.#rest = this.#batch = this.#takeLines();
		if (this.#rest.length === 0) {
			this.#state = "idle";
			this.#onEnd?.();
			return;
		}
		this.#state = "writing";
		const fd = this.#fd;
		write(fd, this.#rest, (error, count) => {
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

	#failed({ code }: NodeJS.ErrnoException): void {
		const isFull = code === "EAGAIN";
		if (code === "ENOSPC") this.#takeBack();
		const retry = () => this.#retryNow();
		this.#state = setTimeout(retry, isFull ? FULL_MS : BROKEN_MS).unref();
		if (!isFull) this.#onEnd?.();
	}

	/** Removes the beginning of a batch, behind which another worker may write once there is room. */
	#takeBack(): void {
		const begun = this.#batch.length - this.#rest.length;
		// Others may write to the file of standard output too, and without O_APPEND a hole would be left.
		if (begun === 0 || this.#fd === STDOUT) return;
		try {
			ftruncateSync(this.#fd, fstatSync(this.#fd).size - begun);
		} catch {
			return;
		}
		this.#rest = this.#batch;
		this.#bytes += begun;
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
		this.#onRoom(count);
	}
}

/** @throws {Error} that says what to do, if the file cannot be opened, or is a FIFO without a reader */
export function openToAppend(path: string): number {
	try {
		return openSync(path, APPEND | O_CREAT, 0o640);
	} catch (cause) {
		const why = cause instanceof Error ? cause.message : cause;
		const message = `--log-file cannot be opened: ${why}; its folder must exist and this user may write there`;
		throw new Error(message, { cause });
	}
}

/**
 * A descriptor of standard output that never blocks. A blocked write would occupy a thread of libuv's pool, and the process
 * could not even exit. O_NONBLOCK must not be set on the inherited descriptor, which we share with Galaxy (Python then fails
 * with BlockingIOError), so a pipe or a terminal is opened again, as a description of our own. process.stdout would set it.
 */
export function standardOutput(): number {
	const status = fstatSync(STDOUT);
	if (!status.isFIFO() && !status.isSocket() && !isatty(STDOUT)) return STDOUT;
	try {
		return openSync(`/proc/self/fd/${STDOUT}`, APPEND | O_NOCTTY);
	} catch {
		return sharedOutput();
	}
}

/** For a socket (systemd), another user's pipe (supervisord with user=) and systems without /proc: O_NONBLOCK harms no one there. */
function sharedOutput(): number {
	// The Socket sets O_NONBLOCK, and Node resets it at exit. It is kept, because its collection would close the descriptor.
	if (!isatty(STDOUT))
		kept.push(new Socket({ fd: STDOUT, readable: false, writable: true }));
	return STDOUT;
}

const kept: Socket[] = [];
