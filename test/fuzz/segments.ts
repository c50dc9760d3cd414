import { once } from "node:events";
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Random } from "./random.js";

/** Longer ones are not sent byte by byte: it takes a turn of the event loop each. */
const BYTE_BY_BYTE = 260;

/** Where bytes are cut into segments: indices in order, none for one segment. */
export function cutsOf(random: Random, bytes: string): number[] {
	const { length } = bytes;
	switch (random.below(16)) {
		case 0:
		case 1:
		case 2:
		case 3:
		case 4:
			return [];
		case 5:
		case 6:
			return sorted([random.below(length)]);
		case 7:
		case 8:
		case 9:
			return besideLineEnds(random, bytes);
		case 10:
			if (length <= BYTE_BY_BYTE)
				return Array.from({ length: length - 1 }, (_, i) => i + 1);
			return sorted([random.below(BYTE_BY_BYTE)]);
		default: {
			const count = 1 + random.below(5);
			return sorted(Array.from({ length: count }, () => random.below(length)));
		}
	}
}

/** In front of, inside and behind CRLFs: where readers of lines keep state. */
function besideLineEnds(random: Random, bytes: string): number[] {
	const cuts: number[] = [];
	for (let at = bytes.indexOf("\n"); at >= 0; at = bytes.indexOf("\n", at + 1))
		if (cuts.length < 12 && random.chance(0.25))
			cuts.push(at - 1 + random.below(4));
	return sorted(cuts.filter((cut) => cut < bytes.length));
}

function sorted(cuts: number[]): number[] {
	return [...new Set(cuts.filter((cut) => cut > 0))].sort((a, b) => a - b);
}

export function segmentsOf(bytes: string, cuts: readonly number[]): string[] {
	const ends = [...cuts, bytes.length];
	return ends.map((end, i) => bytes.slice(cuts[i - 1] ?? 0, end));
}

/** Writes each segment (latin1) in a turn of its own, so that the other end reads them apart. The socket stays the caller's. */
export async function sendApart(
	socket: Socket,
	segments: readonly string[],
): Promise<void> {
	for (const segment of segments) {
		if (socket.destroyed || socket.writableEnded) return;
		if (!socket.write(segment, "latin1") && socket.writableNeedDrain)
			await Promise.race([once(socket, "drain"), once(socket, "close")]);
		if (segments.length > 1) await nextTurn();
	}
}
