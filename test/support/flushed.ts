import type { Wire } from "./wire.js";

/** Sends the bytes. Resolves with whether the other end's system took all of them, or the connection ended before. */
export function flushed(wire: Wire, bytes: Uint8Array): Promise<boolean> {
	return new Promise((resolve) => {
		wire.socket.write(bytes, (error) => resolve(!error));
	});
}
