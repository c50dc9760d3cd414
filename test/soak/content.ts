import { createHash } from "node:crypto";

/** The largest body, in bytes. */
export const MOST_BYTES = 4 * 1024 * 1024;

const BLOCK = noise(2 * MOST_BYTES);

/** Bytes that belong to this name alone: both ends know them without having agreed on anything else. */
export function bytesOf(name: string, size: number): Buffer {
	const start = createHash("sha1").update(name).digest().readUInt32BE();
	const at = start % MOST_BYTES;
	return BLOCK.subarray(at, at + size);
}

export function digest(bytes: Uint8Array): string {
	return createHash("sha1").update(bytes).digest("hex");
}

/** The same in every process and run: xorshift32. */
function noise(size: number): Buffer {
	const words = new Uint32Array(size / 4);
	let state = 0x9e3779b9;
	for (let at = 0; at < words.length; at++) {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		words[at] = state;
	}
	return Buffer.from(words.buffer);
}
