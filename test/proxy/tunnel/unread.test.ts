import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { startBackend } from "../../support/container.js";
import { startDaemon } from "../../support/daemon.js";
import type { Wire } from "../../support/wire.js";
import { openThrough, switchProtocols } from "./open-tunnel.js";

/** More than the sockets in between hold. */
const BYTES = 60_000_000;
/** Megabytes by which the daemon may grow; what one end sent and the other did not read would be most of BYTES. */
const GROWTH = 36;

for (const slow of ["client", "container"] as const)
	test(`a ${slow} that does not read holds the other end back, and costs no memory`, async (t) => {
		if (process.platform !== "linux")
			return t.skip("memory is read from /proc");
		const backend = await startBackend(t, switchProtocols);
		const sessions = { abc: backend, other: backend };
		const daemon = await startDaemon(t, { sessions });
		const client = await openThrough(t, daemon.port);
		const container = await backend.connection(0);
		const reader: Wire = slow === "client" ? client : container;
		const writer: Wire = slow === "client" ? container : client;
		const other = await openThrough(t, daemon.port, "other");
		const before = residentMegabytes(daemon.pid);

		const start = reader.receivedBytes;
		reader.socket.pause();
		writer.send(Buffer.alloc(BYTES, "x"));
		// The same amount passes another tunnel: this one had enough time.
		(await backend.connection(1)).send(Buffer.alloc(BYTES, "y"));
		await other.untilBytes(BYTES);
		assert.ok(writer.socket.writableLength > 0, "all of it was taken");
		const grown = residentMegabytes(daemon.pid) - before;
		assert.ok(grown < GROWTH, `${grown} MB`);

		reader.socket.resume();
		await reader.untilBytes(start + BYTES);
	});

function residentMegabytes(pid: number): number {
	const status = readFileSync(`/proc/${pid}/status`, "latin1");
	return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}
