/** Numbers texts from 0 on by a hash of 53 bits each, in 12 to 20 bytes a text however long it is. */
export class HashIndex {
	size = 0;
	#hashes: Float64Array;
	/** By the low bits of the hash: the number plus one; 0 where the slot is free. */
	#slots: Uint32Array;

	constructor(data?: HashIndexData) {
		this.size = data?.size ?? 0;
		this.#hashes = data?.hashes ?? new Float64Array(16);
		this.#slots = data?.slots ?? new Uint32Array(32);
	}

	/** What crosses threads. */
	get data(): HashIndexData {
		return { size: this.size, hashes: this.#hashes, slots: this.#slots };
	}

	hashAt(index: number): number {
		return this.#hashes[index] as number;
	}

	/** The number that the hash has; -1 where it has none. */
	find(hash: number): number {
		const slots = this.#slots;
		const mask = slots.length - 1;
		for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
			const index = (slots[slot] as number) - 1;
			if (index < 0 || this.#hashes[index] === hash) return index;
		}
	}

	/** The number that the hash has, or gets. */
	add(hash: number): number {
		const found = this.find(hash);
		if (found >= 0) return found;
		if (this.size * 3 >= this.#slots.length * 2) this.#grow();
		this.#hashes = roomFor(this.#hashes, this.size);
		this.#hashes[this.size] = hash;
		this.#occupy(hash, this.size);
		return this.size++;
	}

	#grow(): void {
		this.#slots = new Uint32Array(this.#slots.length * 2);
		for (let index = 0; index < this.size; index++)
			this.#occupy(this.hashAt(index), index);
	}

	#occupy(hash: number, index: number): void {
		const mask = this.#slots.length - 1;
		let slot = hash & mask;
		while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
		this.#slots[slot] = index + 1;
	}
}

export interface HashIndexData {
	readonly size: number;
	readonly hashes: Float64Array;
	readonly slots: Uint32Array;
}

/** The same array, or a copy of twice the length where it has no element `index` yet. */
export function roomFor<T extends Float64Array | Uint32Array | Uint8Array>(
	array: T,
	index: number,
): T {
	if (index < array.length) return array;
	const Grown = array.constructor as new (length: number) => T;
	const grown = new Grown(Math.max(16, array.length * 2));
	grown.set(array);
	return grown;
}

/** A hash of 53 bits, for texts that no attacker chooses: two multiplicative hashes, each mixed as MurmurHash3 ends. */
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
