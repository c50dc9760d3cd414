const EMPTY: Buffer = Buffer.alloc(0);
/** Bytes in front of each window: a response head, which our lines make longer, is written there, right before its body. */
const HEADROOM = 1024;
/** Size of a connection's first window. A read that fills a window is followed by a larger one. */
const SMALL = 4 * 1024;
/** A tunnel whose window shrinks to this size gives up its buffer, because it may be silent for hours. */
const TUNNEL = 512;
const GROWTH = 8;
/** The largest window. Each write wakes the other side, which is the main cost of a transfer: few large writes are cheap. */
const LARGE = 256 * 1024;
/** Small reads in a row after which the window shrinks: several, since the last read of any response may be small. */
const SMALL_READS = 4;
/** Limit of the spare memory of each size, in bytes. */
const SPARE = 2 * 1024 * 1024;
/**
 * Unused memory, for the next connection or transfer. Without it V8 collects its whole heap again and again, because each
 * transfer allocates and drops memory outside the heap: that was half the cost of an upload of a megabyte.
 */
const spare: ReadonlyMap<number, Buffer[]> = new Map([
	[SMALL, []],
	[LARGE, []],
]);

/** As much as libuv would use. No window of a ReadBuffer has this size; next() relies on that. */
const SHARED_BYTES = 64 * 1024;

/** The window of all connections without a buffer. Bytes must be copied out of it before they are passed on. */
export const SHARED: Buffer = Buffer.allocUnsafeSlow(SHARED_BYTES);
/** The last view of it: messages of one kind have the same length, and then the same view. */
let sharedView: Buffer = SHARED;

/** Reads a connection. */
export interface Reader {
	/** Whether the next bytes are passed on, not parsed. */
	readonly carriesBytes: boolean;
	/** bytes: valid until the next read; after keep(), until release(). */
	received(bytes: Buffer): void;
	/** received() threw. */
	onDefect(error: unknown): void;
}

/**
 * Where a client's connection is read into. Heads and small reads use the shared window, so that idle connections and slow
 * ones need no buffer; bytes to be passed on are copied out of it. A large body or a busy tunnel gets a buffer, until the
 * end of the body or a few small reads.
 */
export class ClientReads {
	reader: Reader | undefined = undefined;
	/**
	 * Whether the first byte of the current read had arrived when the event loop last polled. After a read that filled its
	 * window libuv reads again for the same event, and may get bytes that arrived later.
	 */
	sincePoll = true;
	/** The option of net.Socket. */
	readonly onread = {
		buffer: () => this.#next(),
		callback: (count: number) => this.#read(count),
	};
	readonly #buffer = new ReadBuffer();
	#window: Buffer = SHARED;

	#next(): Buffer {
		const isLarge = this.reader?.carriesBytes === true && !this.#buffer.isSmall;
		if (!isLarge) this.#buffer.free();
		this.#window = isLarge ? this.#buffer.next() : SHARED;
		return this.#window;
	}

	#read(count: number): boolean {
		const { reader } = this;
		if (reader === undefined) return true;
		try {
			const isShared = this.#window === SHARED;
			reader.received(isShared ? sharedBytes(count) : this.#buffer.read(count));
		} catch (error) {
			reader.onDefect(error);
		}
		this.sincePoll = count < this.#window.length;
		return true;
	}

	/** Call this before writing bytes of the last read elsewhere. @returns them, in memory in which they may wait */
	toWriteOn(bytes: Buffer): Buffer {
		if (bytes.buffer !== SHARED.buffer) return bytes;
		// The window must have room for more than these bytes.
		this.#buffer.fit(bytes.length);
		if (this.#buffer.isSmall) return Buffer.from(bytes);
		const window = this.#buffer.next();
		return window.subarray(0, bytes.copy(window));
	}

	/** As in ReadBuffer. */
	keep(): void {
		this.#buffer.keep();
	}

	release(): void {
		this.#buffer.release();
	}

	forget(): void {
		this.#buffer.forget();
	}
}

/**
 * The buffer that one connection is read into. Two connections never use the same memory at once: bytes that were passed
 * on may wait in the other side's socket, and a read over them would corrupt what that side receives. The exception is
 * SHARED, out of which read() copies.
 */
export class ReadBuffer {
	/** Headroom and window. */
	#memory: Buffer = EMPTY;
	#window: Buffer = EMPTY;
	/** The last results of read() and prefixed(). Later results of the same length reuse these views. */
	#bytes: Buffer = EMPTY;
	#joined: Buffer = EMPTY;
	#joinedAt = 0;
	/** The size of the next window, and its lower limit. */
	#size = SMALL;
	#least = SMALL;
	#smallReads = 0;
	/** Whether bytes in #memory may still wait in the other side's socket: it must not be read into. */
	#isKept = false;
	/** The memory that release() makes free again. */
	#kept: Buffer | undefined = undefined;

	/** The window for the next read: the same again, unless its bytes still wait or its size is wrong. */
	next(): Buffer {
		if (!this.#isKept && this.#size === this.#window.length)
			return this.#window;
		if (this.#size === TUNNEL) {
			this.free();
			this.#window = SHARED;
			return SHARED;
		}
		// Allocated first: if that throws, the old memory stays in use and nobody else gets it.
		const memory = memoryOf(this.#size);
		const window = memory.subarray(HEADROOM);
		this.free();
		this.#memory = memory;
		this.#window = window;
		return window;
	}

	/** The bytes of a read of this length. */
	read(count: number): Buffer {
		this.fit(count);
		if (this.#window === SHARED) return Buffer.from(sharedBytes(count));
		if (count !== this.#bytes.length)
			this.#bytes = this.#window.subarray(0, count);
		return this.#bytes;
	}

	/** Adapts the next window to a read of this length, wherever that read went. */
	fit(count: number): void {
		while (count >= this.#size && this.#size < LARGE)
			this.#size = Math.min(LARGE, this.#size * GROWTH);
		const smaller = Math.max(this.#least, this.#size / GROWTH);
		if (count >= Math.min(SMALL, smaller)) {
			this.#smallReads = 0;
			return;
		}
		if (++this.#smallReads < SMALL_READS) return;
		this.#smallReads = 0;
		this.#size = smaller;
	}

	/** Whether reads are so small that a copy costs less than memory for them. */
	get isSmall(): boolean {
		return this.#size === this.#least;
	}

	/** The next reads belong to a tunnel. */
	becomeTunnel(): void {
		this.#least = TUNNEL;
		this.#size = TUNNEL;
	}

	/** Gives the memory up until next() is called. Nothing may be read into the last window any more. */
	free(): void {
		if (!this.#isKept) putAside(this.#memory);
		this.#window = EMPTY;
		this.#memory = EMPTY;
		this.#bytes = EMPTY;
		this.#joined = EMPTY;
		this.#isKept = false;
	}

	/** The bytes of the last read wait in the other side's socket and must not be overwritten. */
	keep(): void {
		// Memory that an earlier exchange kept may still contain unwritten bytes of that one: release() must not free it.
		if (!this.#isKept) this.#kept = this.#memory;
		this.#isKept = true;
	}

	/** All kept bytes have been written. */
	release(): void {
		if (this.#kept === undefined) return;
		if (this.#kept === this.#memory) this.#isKept = false;
		else putAside(this.#kept);
		this.#kept = undefined;
	}

	/** The exchange is over: nobody will call release() for the bytes that it kept. */
	forget(): void {
		this.#kept = undefined;
	}

	/**
	 * Puts a head right in front of the bytes [from, to) of the last read, over the bytes before them.
	 * @returns both as one; undefined if they do not fit
	 */
	prefixed(head: Buffer, from: number, to: number): Buffer | undefined {
		const begin = HEADROOM + from - head.length;
		if (begin < 0) return undefined;
		this.#memory.set(head, begin);
		const end = HEADROOM + to;
		if (begin !== this.#joinedAt || end - begin !== this.#joined.length) {
			this.#joined = this.#memory.subarray(begin, end);
			this.#joinedAt = begin;
		}
		return this.#joined;
	}
}

function sharedBytes(count: number): Buffer {
	if (count !== sharedView.length) sharedView = SHARED.subarray(0, count);
	return sharedView;
}

function memoryOf(size: number): Buffer {
	return spare.get(size)?.pop() ?? Buffer.allocUnsafeSlow(HEADROOM + size);
}

/** From here on another connection may read into it. */
function putAside(memory: Buffer): void {
	const size = memory.length - HEADROOM;
	const alike = spare.get(size);
	if (alike !== undefined && alike.length * size < SPARE) alike.push(memory);
}
