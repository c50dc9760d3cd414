import type { RequestFields } from "../http1/request-head.js";
import type { Peer } from "../routing/container-request.js";
import type { SessionKeys } from "../routing/session-key.js";

/** A block of field lines as sent, and what follows from it alone. */
export interface RequestBlock extends SessionKeys {
	/** From the first field line to the empty one. */
	readonly bytes: Buffer;
	readonly fields: RequestFields;
	/** The field lines for the container (outFields). */
	readonly out: string;
}

/** Blocks that are kept: some for each of the sessions that are busy at one time. */
const KEPT = 256;
/** Bytes of the largest block that is kept: a browser's are around one kilobyte. */
const KEPT_BYTES = 4 * 1024;

/**
 * Field blocks that were read lately, on whichever connection: behind a front proxy that speaks HTTP/1.0 each request has
 * a connection of its own, and a page's requests repeat theirs byte for byte. A block is found by a hash and taken only
 * where every byte is the same and it came from the same peer.
 */
export class KnownBlocks {
	private readonly byHash = new Map<
		number,
		{ block: RequestBlock; peer: Peer }
	>();

	/** The block that is input[from, end), where it is known. */
	find(
		input: Buffer,
		from: number,
		end: number,
		peer: Peer,
	): RequestBlock | null {
		if (end - from > KEPT_BYTES) return null;
		const known = this.byHash.get(hashOf(input, from, end));
		if (known === undefined) return null;
		const { bytes } = known.block;
		const same =
			known.peer.address === peer.address &&
			known.peer.trusted === peer.trusted &&
			input.compare(bytes, 0, bytes.length, from, end) === 0;
		return same ? known.block : null;
	}

	/** The oldest makes way. */
	keep(block: RequestBlock, peer: Peer): void {
		const { bytes } = block;
		if (bytes.length > KEPT_BYTES) return;
		const hash = hashOf(bytes, 0, bytes.length);
		if (this.byHash.size >= KEPT && !this.byHash.has(hash)) {
			const [oldest] = this.byHash.keys();
			if (oldest !== undefined) this.byHash.delete(oldest);
		}
		this.byHash.set(hash, { block, peer });
	}
}

/** Finds, proves nothing: who makes two blocks collide makes them be read anew. */
function hashOf(bytes: Buffer, from: number, end: number): number {
	let hash = end - from;
	for (let at = from; at < end; at++)
		hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
	return hash;
}
