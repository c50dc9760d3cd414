import type { Socket } from "node:net";
import { Changes } from "./wait.js";

/** How the peer left: with a FIN ("end"), or with an RST or not at all in order ("reset"). */
export type Ending = "end" | "reset";

/** A wait ended because the connection did. */
export class ClosedEarly extends Error {}

/**
 * A raw connection as a script: what came, what goes, how it ended. Two ways to read: `until` looks at everything since
 * the start, `line` and `take` consume. Owns the socket; `destroy` gives it up.
 */
export class Wire {
	#bytes = Buffer.alloc(16 * 1024);
	#length = 0;
	#cursor = 0;
	#ending: Ending | undefined;
	#changes = new Changes();

	constructor(readonly socket: Socket) {
		socket.on("data", (chunk: Buffer) => this.#append(chunk));
		// libuv tells a reset that is there together with data as an end; but a socket that was reset has no peer any more.
		socket.once("end", () =>
			this.#finish(
				socket.remoteAddress === undefined && !socket.writableEnded
					? "reset"
					: "end",
			),
		);
		socket.once("error", () => this.#finish("reset"));
		socket.once("close", () => this.#finish("reset"));
	}

	/** Everything received since the start, as latin1: one character is one byte. */
	get received(): string {
		return this.#bytes.toString("latin1", 0, this.#length);
	}

	/** Bytes received since the start. */
	get receivedBytes(): number {
		return this.#length;
	}

	/** Undefined while the peer can still send. */
	get ending(): Ending | undefined {
		return this.#ending;
	}

	/** How the peer left, once it has. Guarded from the moment it is asked for. */
	get closed(): Promise<Ending> {
		return this.#changes.wait(
			"an end of the connection",
			() => this.#ending,
			() => this.#tail(),
		);
	}

	/** Strings are sent as latin1. */
	send(bytes: string | Uint8Array): this {
		this.socket.write(
			typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes,
		);
		return this;
	}

	end(): void {
		this.socket.end();
	}

	/** Ends with an RST, unsent bytes are lost. */
	reset(): void {
		const { socket } = this;
		// While a FIN is on its way libuv refuses a reset, and Node then never closes the socket, nor ends.
		if (socket.writableEnded && !socket.writableFinished)
			socket.once("finish", () => socket.resetAndDestroy());
		else socket.resetAndDestroy();
	}

	destroy(): void {
		this.socket.destroy();
	}

	/** Waits until the marker is among the bytes received since the start, or the predicate holds for them. */
	async until(
		marker: string | RegExp | ((received: string) => boolean),
	): Promise<string> {
		const holds = (text: string): boolean =>
			typeof marker === "function"
				? marker(text)
				: typeof marker === "string"
					? text.includes(marker)
					: marker.test(text);
		return await this.#waitWhileOpen(String(marker), () =>
			holds(this.received) ? this.received : undefined,
		);
	}

	/** Waits for this many bytes since the start. */
	async untilBytes(count: number): Promise<void> {
		await this.#waitWhileOpen(`${count} bytes`, () =>
			this.#length >= count ? true : undefined,
		);
	}

	/** Consumes one line, given without its CRLF. */
	async line(): Promise<string> {
		const end = await this.#waitWhileOpen("a line end", () => {
			const at = this.#bytes
				.subarray(0, this.#length)
				.indexOf("\r\n", this.#cursor, "latin1");
			return at < 0 ? undefined : at;
		});
		const line = this.#bytes.toString("latin1", this.#cursor, end);
		this.#cursor = end + 2;
		return line;
	}

	/** Consumes exactly `count` bytes. */
	async take(count: number): Promise<Buffer> {
		await this.untilBytes(this.#cursor + count);
		this.#cursor += count;
		return Buffer.from(
			this.#bytes.subarray(this.#cursor - count, this.#cursor),
		);
	}

	/** Consumes what comes until the peer's FIN; an RST rejects. */
	async takeToEnd(): Promise<Buffer> {
		if ((await this.closed) === "reset")
			throw new ClosedEarly(`reset instead of an end; so far: ${this.#tail()}`);
		return await this.take(this.#length - this.#cursor);
	}

	#append(chunk: Buffer): void {
		if (this.#length + chunk.length > this.#bytes.length) {
			const grown = Buffer.alloc(
				Math.max(2 * this.#bytes.length, this.#length + chunk.length),
			);
			this.#bytes.copy(grown, 0, 0, this.#length);
			this.#bytes = grown;
		}
		chunk.copy(this.#bytes, this.#length);
		this.#length += chunk.length;
		this.#changes.notify();
	}

	#finish(ending: Ending): void {
		this.#ending ??= ending;
		this.#changes.notify();
	}

	#tail(): string {
		const text = this.received;
		return text.length > 2000
			? `(${text.length} bytes) ...${JSON.stringify(text.slice(-2000))}`
			: JSON.stringify(text);
	}

	#waitWhileOpen<T>(what: string, answer: () => T | undefined): Promise<T> {
		const open = (): T | undefined => {
			const found = answer();
			if (found === undefined && this.#ending !== undefined) {
				throw new ClosedEarly(
					`${this.#ending} before ${what}; so far: ${this.#tail()}`,
				);
			}
			return found;
		};
		return this.#changes.wait(what, open, () => this.#tail());
	}
}

/** Sends the bytes. Resolves with whether the other end's system took all of them, or the connection ended before. */
export function flushed(wire: Wire, bytes: Uint8Array): Promise<boolean> {
	return new Promise((resolve) => {
		wire.socket.write(bytes, (error) => resolve(!error));
	});
}
