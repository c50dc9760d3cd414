export const FIRST_LENGTH = 16;

/**
 * Numbers texts from 0 by a hash of 53 bits each, in 12 to 20 bytes per text however long it is. Has no methods, so that it
 * can be posted between threads.
 */
export class HashIndex {
	size = 0;
	hashes = new Float64Array(FIRST_LENGTH);
	/** At the low bits of a hash, its number plus one; 0 marks a free slot. */
	slots = new Uint32Array(2 * FIRST_LENGTH);
}

/** The number of the hash; -1 if it has none. */
export function numberOf({ slots, hashes }: HashIndex, hash: number): number {
	const mask = slots.length - 1;
	for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
		const index = (slots[slot] as number) - 1;
		if (index < 0 || hashes[index] === hash) return index;
	}
}

/** The number of the hash, a new one if it had none. */
export function numbered(index: HashIndex, hash: number): number {
	const found = numberOf(index, hash);
	if (found >= 0) return found;
	if (index.size * 3 >= index.slots.length * 2) {
		index.slots = new Uint32Array(index.slots.length * 2);
		for (let number = 0; number < index.size; number++)
			occupy(index, index.hashes[number] as number, number);
	}
	if (index.size >= index.hashes.length) index.hashes = doubled(index.hashes);
	index.hashes[index.size] = hash;
	occupy(index, hash, index.size);
	return index.size++;
}

function occupy({ slots }: HashIndex, hash: number, number: number): void {
	const mask = slots.length - 1;
	let slot = hash & mask;
	while (slots[slot] !== 0) slot = (slot + 1) & mask;
	slots[slot] = number + 1;
}

/** A copy with room for twice as many elements. */
export function doubled<T extends Float64Array | Uint32Array | Uint8Array>(
	array: T,
): T {
	const Grown = array.constructor as new (length: number) => T;
	const grown = new Grown(array.length * 2);
	grown.set(array);
	return grown;
}

/** A hash of 53 bits for texts that no attacker chooses: two multiplicative hashes, mixed as MurmurHash3 ends. */
export function hashOf(text: string): number {
	let a = 0x2c1b3c6d;
	let b = 0x297a2d39;
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		a = Math.imul(a ^ code, 0x85ebca6b);
		b = Math.imul(b ^ code, 0xc2b2ae35);
		a ^= a >>> 15;
		b ^= b >>> 13;
	}
	return mixed(a ^ text.length) * 0x200000 + (mixed(b) >>> 11);
}

function mixed(hash: number): number {
	let mixing = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	mixing = Math.imul(mixing ^ (mixing >>> 13), 0xc2b2ae35);
	return (mixing ^ (mixing >>> 16)) >>> 0;
}
