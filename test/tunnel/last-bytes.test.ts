import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Wire } from "../support/wire.js";
import { openTunnel } from "./open-tunnel.js";

const PIECE_BYTES = 4 * 1024;
/** More than the sockets on the way hold. */
const BYTES = 20_000_000;

// What waited in the proxy for a slow reader was thrown away when the other connection had closed for good.
for (const slow of ["client", "container"] as const) {
	const fast = slow === "client" ? "container" : "client";

	test(`a ${slow} that reads late gets the last bytes after both FINs`, async (t) => {
		const { proxy, reader, writer, ours } = await openBetween(t, slow);
		reader.end();
		await writer.closed;
		const sent = await sendMoreThanFits(writer, ours);
		writer.end();
		await new Promise((resolve) => writer.socket.once("close", resolve));
		await expectAll(reader, sent);
		assert.equal((await proxy.exchange(0)).termination, "--");
	});

	test(`a ${slow} that reads late gets the last bytes of a ${fast} that is gone after its FIN`, async (t) => {
		const { proxy, reader, writer, ours, theirs } = await openBetween(t, slow);
		const sent = await sendMoreThanFits(writer, ours);
		writer.end();
		while (!ours.writableEnded) await setImmediate();
		writer.socket.pause();
		reader.send(Buffer.alloc(BYTES));
		while (!theirs.writableNeedDrain) await setImmediate();
		writer.reset();
		await new Promise((resolve) => theirs.once("close", resolve));
		await expectAll(reader, sent);
		reader.end();
		assert.equal((await proxy.exchange(0)).termination, "--");
	});
}

/** A tunnel with a reader that is paused, and the proxy's own sockets: `ours` towards the reader, `theirs` the writer. */
async function openBetween(t: TestContext, slow: "client" | "container") {
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
async function sendMoreThanFits(writer: Wire, ours: Socket): Promise<Buffer> {
	const start = ours.bytesWritten;
	const pieces: Buffer[] = [];
	while (ours.writableLength <= PIECE_BYTES) {
		const piece = Buffer.alloc(PIECE_BYTES, pieces.length);
		writer.send(piece);
		pieces.push(piece);
		const sent = pieces.length * PIECE_BYTES;
		while (ours.bytesWritten < start + sent) await setImmediate();
	}
	assert.equal(ours.writableNeedDrain, false);
	return Buffer.concat(pieces);
}

async function expectAll(reader: Wire, sent: Buffer): Promise<void> {
	reader.socket.resume();
	const received = await reader.takeToEnd();
	assert.equal(received.length, sent.length);
	assert.ok(received.equals(sent));
}
