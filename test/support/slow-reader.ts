import { setTimeout as pause } from "node:timers/promises";
import type { Wire } from "./wire.js";

/** Reads this many bytes a second, ten times a second, until so many have come or the connection has ended. */
export async function readSlowly(
	wire: Wire,
	bytesPerSecond: number,
	untilBytes: number,
): Promise<void> {
	const { socket } = wire;
	socket.pause();
	while (wire.receivedBytes < untilBytes && wire.ending === undefined) {
		await pause(100);
		socket.read(Math.min(socket.readableLength, bytesPerSecond / 10));
	}
}
