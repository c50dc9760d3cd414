import { ReadBuffer, SHARED, sharedBytes } from "./read-buffer.js";

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
