const EMPTY: Buffer = Buffer.alloc(0);
/** Room in front of a response, so that a head that grew by our lines is written in place and leaves with its body. */
const HEADROOM = 1024;
/** What a connection begins with; each read that fills its buffer makes way for a larger one. */
const SMALL = 4 * 1024;
/** A tunnel that brings less at a time holds no buffer: it may be silent for hours. */
const TUNNEL = 512;
const GROWTH = 8;
/** What costs in a transfer is the waking of the other side at each write: fewer, larger ones cost less. */
const LARGE = 256 * 1024;
/** So many small reads in a row, and a smaller one takes its place: more than a response's last. */
const SMALL_READS = 4;
/** Bytes of each size that are kept for the next connection or transfer, while nobody reads into them. */
const SPARE = 2 * 1024 * 1024;
/**
 * Memory outside of V8's heap that is asked for and dropped with each transfer makes V8 collect its whole heap again and
 * again: half of what an upload of a megabyte cost. With each tunnel, it lies about until V8 collects it.
 */
const spare: ReadonlyMap<number, Buffer[]> = new Map([
	[SMALL, []],
	[LARGE, []],
]);

/** As much as libuv itself would give. No window of a connection's own is as long: next() tells them by that. */
const SHARED_BYTES = 64 * 1024;

/** What connections are read into that hold no buffer. What is written on has to be copied out of it. */
export const SHARED: Buffer = Buffer.allocUnsafeSlow(SHARED_BYTES);
/** What was read into it last: the heads of one browser, or of one kind of message, are alike, and so is their view then. */
let shared: Buffer = SHARED;

/** What a read of so many bytes brought into the shared one. */
export function sharedBytes(count: number): Buffer {
	if (count !== shared.length) shared = SHARED.subarray(0, count);
	return shared;
}

/**
 * The buffer that one connection is read into. Never two connections' at a time, but for SHARED, out of which read()
 * copies: bytes that were written on may still wait in the other side's socket, and a read over them would change what
 * that side gets.
 */
export class ReadBuffer {
	private whole: Buffer = EMPTY;
	private window: Buffer = EMPTY;
	/** What the last read brought, and what was prefixed last: with the next that are as long they are the same again. */
	private bytes: Buffer = EMPTY;
	private joined: Buffer = EMPTY;
	private joinedAt = 0;
	/** What the next window should hold, and at least. */
	private size = SMALL;
	private least = SMALL;
	private smallReads = 0;
	private kept = false;
	/** Kept last: free again once it is written out. */
	private lent: Buffer | null = null;

	/** What the next read goes into: the same again unless its bytes are still on their way out, or its size is wrong. */
	next(): Buffer {
		if (!this.kept && this.size === this.window.length) return this.window;
		if (this.size === TUNNEL) {
			this.free();
			this.window = SHARED;
			return SHARED;
		}
		// There may be no memory: then what was read into stays, and is not handed on.
		const whole = memoryOf(this.size);
		const window = whole.subarray(HEADROOM);
		this.free();
		this.whole = whole;
		this.window = window;
		return window;
	}

	/** What a read of so many bytes brought. */
	read(count: number): Buffer {
		this.fit(count);
		if (this.window === SHARED) return Buffer.from(sharedBytes(count));
		if (count !== this.bytes.length)
			this.bytes = this.window.subarray(0, count);
		return this.bytes;
	}

	/** Takes account of a read of so many bytes, wherever it went. */
	fit(count: number): void {
		while (count >= this.size && this.size < LARGE)
			this.size = Math.min(LARGE, this.size * GROWTH);
		const smaller = Math.max(this.least, this.size / GROWTH);
		if (count >= Math.min(SMALL, smaller)) {
			this.smallReads = 0;
			return;
		}
		if (++this.smallReads < SMALL_READS) return;
		this.smallReads = 0;
		this.size = smaller;
	}

	/** Whether reads are so small that copying one costs less than memory for it. */
	get isSmall(): boolean {
		return this.size === this.least;
	}

	/** What is read from now on belongs to a tunnel. */
	becomeTunnel(): void {
		this.least = TUNNEL;
		this.size = TUNNEL;
	}

	/** Holds no window until next() is called again. Nothing may be read into the last one any more. */
	free(): void {
		if (!this.kept) putAside(this.whole);
		this.window = EMPTY;
		this.whole = EMPTY;
		this.bytes = EMPTY;
		this.joined = EMPTY;
		this.kept = false;
	}

	/** What was just read is not written out yet: it must not be read over. */
	keep(): void {
		// Kept for an exchange that is over, it may still wait elsewhere.
		if (!this.kept) this.lent = this.whole;
		this.kept = true;
	}

	/** All that was kept is written out. */
	release(): void {
		if (this.lent === null) return;
		if (this.lent === this.whole) this.kept = false;
		else putAside(this.lent);
		this.lent = null;
	}

	/** The exchange is over: nobody will tell when what was kept is written out. */
	forget(): void {
		this.lent = null;
	}

	/**
	 * Puts a head right in front of the bytes [from, to) of what was just read, over what stands there.
	 * @returns both as one; null where there is no room
	 */
	prefixed(head: Buffer, from: number, to: number): Buffer | null {
		const begin = HEADROOM + from - head.length;
		if (begin < 0) return null;
		this.whole.set(head, begin);
		const end = HEADROOM + to;
		if (begin !== this.joinedAt || end - begin !== this.joined.length) {
			this.joined = this.whole.subarray(begin, end);
			this.joinedAt = begin;
		}
		return this.joined;
	}
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

/** Who reads a connection. */
export interface Reader {
	/** Whether what comes now is written on from where it was read to. */
	readonly carriesBytes: boolean;
	/** bytes: good until the next read, or longer after keep(). */
	received(bytes: Buffer): void;
	/** received() threw. */
	fault(error: unknown): void;
}

/**
 * Where one client's bytes are read to. Heads, and small reads, go into the shared buffer, and what is written on is
 * copied out of it: who is idle, or was never more than a trickle, holds no buffer. A body or tunnel in which much passes
 * gets its own, which the end of the body or a few small reads take away again.
 */
export class ClientReads {
	reader: Reader | null = null;
	/**
	 * Whether the first byte of what is being read was there when the event loop asked what is ready. After a read that
	 * filled its window libuv reads once more for the same event, and that may bring what has come since.
	 */
	sincePoll = true;
	/** The option of net.Socket. */
	readonly onread = {
		buffer: () => this.next(),
		callback: (count: number) => this.read(count),
	};
	private readonly own = new ReadBuffer();
	private window: Buffer = SHARED;

	private next(): Buffer {
		const large = this.reader?.carriesBytes === true && !this.own.isSmall;
		if (!large) this.own.free();
		this.window = large ? this.own.next() : SHARED;
		return this.window;
	}

	private read(count: number): boolean {
		const { reader } = this;
		if (reader === null) return true;
		try {
			const isShared = this.window === SHARED;
			reader.received(isShared ? sharedBytes(count) : this.own.read(count));
		} catch (error) {
			reader.fault(error);
		}
		this.sincePoll = count < this.window.length;
		return true;
	}

	/** Some of what was just read, where it may stay until it is written out: whoever writes it on asks for that first. */
	toWriteOn(bytes: Buffer): Buffer {
		if (bytes.buffer !== SHARED.buffer) return bytes;
		// From here on its window holds more than these.
		this.own.fit(bytes.length);
		if (this.own.isSmall) return Buffer.from(bytes);
		const memory = this.own.next();
		return memory.subarray(0, bytes.copy(memory));
	}

	/** What was just read is not written out yet: it must not be read over. */
	keep(): void {
		this.own.keep();
	}

	/** All of it is written out. */
	release(): void {
		this.own.release();
	}

	/** The exchange is over. */
	forget(): void {
		this.own.forget();
	}
}
