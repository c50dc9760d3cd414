import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Random } from "./random.js";

/** A server on 127.0.0.1, and its open connections. */
export interface Listening {
	readonly port: number;
	close(): void;
}

/** Hands over each connection, whose text is latin1. An error ends a connection; the caller handles everything else. */
export async function listen(
	accept: (socket: Socket) => void,
	options: { allowHalfOpen?: boolean } = {},
): Promise<Listening> {
	const sockets = new Set<Socket>();
	const server = createServer({ noDelay: true, ...options }, (socket) => {
		sockets.add(socket);
		socket.setEncoding("latin1");
		socket.on("error", () => socket.destroy());
		socket.once("close", () => sockets.delete(socket));
		accept(socket);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	const close = (): void => {
		server.close();
		for (const socket of sockets) socket.destroy();
	};
	return { port, close };
}

/** Longer texts are not sent byte by byte, since each byte takes a turn of the event loop. */
const BYTE_BY_BYTE = 260;

/** Where bytes are cut into segments: indices in order, none for one segment. */
export function cutsOf(random: Random, bytes: string): number[] {
	const { length } = bytes;
	const kind = random.below(16);
	if (kind < 5) return [];
	if (kind < 7) return sorted([random.below(length)]);
	if (kind < 10) return nearLineEnds(random, bytes);
	if (kind === 10 && length <= BYTE_BY_BYTE)
		return Array.from({ length: length - 1 }, (_, i) => i + 1);
	if (kind === 10) return sorted([random.below(BYTE_BY_BYTE)]);
	const count = 1 + random.below(5);
	return sorted(Array.from({ length: count }, () => random.below(length)));
}

/** Before, inside and after CRLFs, where readers of lines keep state. */
function nearLineEnds(random: Random, bytes: string): number[] {
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

/** Writes each segment (latin1) in its own turn, so that the other end reads them separately. The caller keeps the socket. */
export async function sendApart(
	socket: Socket,
	segments: readonly string[],
	onLast = (): void => {},
): Promise<void> {
	for (const [index, segment] of segments.entries()) {
		if (socket.destroyed || socket.writableEnded) return;
		if (index === segments.length - 1) onLast();
		if (!socket.write(segment, "latin1") && socket.writableNeedDrain)
			await Promise.race([once(socket, "drain"), once(socket, "close")]);
		if (segments.length > 1) await nextTurn();
	}
}
