import { setTimeout as pause } from "node:timers/promises";
import type { Wire } from "./wire.js";

/**
 * Reads this many bytes a second, about ten times a second, until so many have come or the connection has ended. A busy
 * machine does not make it slower.
 */
export async function readSlowly(
	wire: Wire,
	bytesPerSecond: number,
	untilBytes: number,
): Promise<void> {
	const { socket } = wire;
	socket.pause();
	let now = performance.now();
	let due = 0;
	while (wire.receivedBytes < untilBytes && wire.ending === undefined) {
		await pause(100);
		const before = now;
		now = performance.now();
		due += ((now - before) / 1000) * bytesPerSecond;
		const bytes = Math.min(socket.readableLength, Math.floor(due));
		socket.read(bytes);
		// Time in which nothing was there is not made up for.
		due = Math.min(due - bytes, bytesPerSecond / 10);
	}
}
