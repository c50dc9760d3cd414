const EMPTY: Buffer = Buffer.alloc(0);
/** Room in front of a response, so that a head that grew by our lines is written in place and leaves with its body. */
export const HEADROOM = 1024;
/** What a connection begins with; each read that fills its buffer makes way for a larger one. */
const SMALL = 4 * 1024;
const GROWTH = 8;
/** What costs in a transfer is the waking of the other side at each write: fewer, larger ones cost less. */
const LARGE = 256 * 1024;
/** So many reads in a row that the small one would have taken, and the larger one goes: more than a response's last. */
const SMALL_READS = 4;

/**
 * The buffer that one connection is read into. Never shared: bytes that were written on may still wait in the other
 * side's socket, and a read over them would change what that side gets.
 */
export class ReadBuffer {
	private whole: Buffer = EMPTY;
	private window: Buffer = EMPTY;
	/** What the next window should hold. */
	private size = SMALL;
	private smallReads = 0;
	private kept = false;
	/** Kept last, and free again. */
	private lent: Buffer | null = null;
	private spare: Buffer | null = null;

	/** headroom: bytes in front of each window. */
	constructor(private readonly headroom: number) {}

	/** What the next read goes into: the same again unless its bytes are still on their way out, or its size is wrong. */
	next(): Buffer {
		if (!this.kept && this.size === this.window.length) return this.window;
		const bytes = this.headroom + this.size;
		this.whole =
			this.spare?.length === bytes ? this.spare : Buffer.allocUnsafeSlow(bytes);
		this.window = this.whole.subarray(this.headroom);
		this.spare = null;
		this.kept = false;
		return this.window;
	}

	/** What a read of so many bytes brought. */
	read(count: number): Buffer {
		this.fit(count);
		return this.window.subarray(0, count);
	}

	/** Takes account of a read of so many bytes, wherever it went. */
	fit(count: number): void {
		if (count >= this.size) this.size = Math.min(LARGE, this.size * GROWTH);
		if (count >= SMALL) {
			this.smallReads = 0;
			return;
		}
		this.spare = null;
		if (++this.smallReads === SMALL_READS) this.size = SMALL;
	}

	/** Whether reads are so small that copying one costs less than memory for it. */
	get isSmall(): boolean {
		return this.size === SMALL;
	}

	/** Holds no window until next() is called again. */
	free(): void {
		this.window = EMPTY;
		this.whole = EMPTY;
		this.spare = null;
	}

	/** What was just read is not written out yet: it must not be read over. */
	keep(): void {
		// Kept for an exchange that is over, it may still wait elsewhere.
		if (!this.kept) this.lent = this.whole;
		this.kept = true;
	}

	/** All that was kept is written out. */
	release(): void {
		if (this.lent !== this.whole) this.spare = this.lent;
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
		const begin = this.headroom + from - head.length;
		if (begin < 0) return null;
		this.whole.set(head, begin);
		return this.whole.subarray(begin, this.headroom + to);
	}
}
