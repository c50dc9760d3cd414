/** Room in front of what is read, so that a head that grew by our lines is written in place and leaves with its body. */
const HEADROOM = 1024;
/** A silent connection holds the small buffer; a read that fills it makes way for the large one. */
const SMALL = 4 * 1024;
const LARGE = 64 * 1024;

/**
 * The buffer that one upstream connection is read into. Never shared: bytes that were written on may still wait in the
 * client's socket, and a read over them would change what the client gets.
 */
export class ReadBuffer {
	private whole = Buffer.alloc(0);
	private window = Buffer.alloc(0);
	private filled = false;
	private kept = false;

	/** What the next read goes into: the same again unless its bytes are still on their way out, or it was too small. */
	next(): Buffer {
		const size = this.filled ? LARGE : this.window.length || SMALL;
		if (this.kept || size !== this.window.length) {
			this.whole = Buffer.allocUnsafeSlow(HEADROOM + size);
			this.window = this.whole.subarray(HEADROOM);
		}
		this.kept = false;
		this.filled = false;
		return this.window;
	}

	/** What a read of so many bytes brought. */
	read(count: number): Buffer {
		this.filled = count === this.window.length;
		return this.window.subarray(0, count);
	}

	/** What was just read is not written out yet: it must not be read over. */
	keep(): void {
		this.kept = true;
	}

	/**
	 * Puts text (latin1) right in front of content, a part of what was just read, over what stands there.
	 * @returns both as one; null where there is no room
	 */
	prefixed(text: string, content: Buffer): Buffer | null {
		const at = content.byteOffset - this.whole.byteOffset;
		const begin = at - text.length;
		if (begin < 0) return null;
		this.whole.write(text, begin, "latin1");
		return this.whole.subarray(begin, at + content.length);
	}
}
