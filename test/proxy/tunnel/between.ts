import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Wire } from "../../support/wire.js";
import { openTunnel } from "./open-tunnel.js";

/** A tunnel with a reader that is paused, and the proxy's own sockets: `ours` towards the reader, `theirs` the writer. */
export async function openBetween(
	t: TestContext,
	slow: "client" | "container",
) {
	const sockets: Socket[] = [];
	const collect = (message: unknown) =>
		sockets.push((message as { socket: Socket }).socket);
	for (const channel of ["net.server.socket", "net.client.socket"]) {
		subscribe(channel, collect);
		t.after(() => unsubscribe(channel, collect));
	}
	const { proxy, ...ends } = await openTunnel(t);
	const reader: Wire = ends[slow];
	const writer: Wire = slow === "client" ? ends.container : ends.client;
	const ours = sockets.find((socket) => arePeers(socket, reader.socket));
	const theirs = sockets.find((socket) => arePeers(socket, writer.socket));
	assert.ok(ours && theirs);
	reader.socket.pause();
	return { proxy, reader, writer, ours, theirs };
}

function arePeers(one: Socket, other: Socket): boolean {
	return (
		one.localPort === other.remotePort && one.remotePort === other.localPort
	);
}

/** Piece by piece, until the proxy holds two of them, which is not so much that it reads no more. @returns all of it */
export async function sendMoreThanFits(
	writer: Wire,
	ours: Socket,
	pieceBytes: number,
): Promise<Buffer> {
	const start = ours.bytesWritten;
	const pieces: Buffer[] = [];
	while (ours.writableLength <= pieceBytes) {
		const piece = Buffer.alloc(pieceBytes, pieces.length);
		writer.send(piece);
		pieces.push(piece);
		const sent = pieces.length * pieceBytes;
		while (ours.bytesWritten < start + sent) await setImmediate();
	}
	assert.equal(ours.writableNeedDrain, false);
	return Buffer.concat(pieces);
}

export async function expectAll(reader: Wire, sent: Buffer): Promise<void> {
	reader.socket.resume();
	const received = await reader.takeToEnd();
	assert.equal(received.length, sent.length);
	assert.ok(received.equals(sent));
}
