import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { startBackend } from "../support/backend.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { connect } from "../support/raw-client.js";
import { request } from "../support/request-text.js";

const skip = process.platform !== "linux" && "memory is read in /proc";
const PEERS = 32;
const PIECE = Buffer.alloc(1024 * 1024);
/** Kilobytes for each exchange whose two sides do not keep pace. */
const EACH_KB = 512;

function residentKB(daemon: Daemon): number {
	const status = readFileSync(`/proc/${daemon.pid}/status`, "latin1");
	return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
}

test("with a heap of 24 MB it carries uploads and downloads that nobody takes, and serves the others", {
	skip,
}, async (t) => {
	const container = await startBackend(t, async (connection) => {
		const line = await connection.line();
		const { socket } = connection;
		if (line.startsWith("GET /small"))
			connection.send("HTTP/1.1 204 No Content\r\n\r\n");
		if (line.startsWith("POST")) socket.pause();
		if (!line.startsWith("GET /endless")) return;
		connection.send("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");
		const fill = (): void => {
			while (socket.write(PIECE));
		};
		socket.on("drain", fill);
		fill();
	});
	const daemon = await startDaemon(t, {
		sessions: { abc: container },
		args: ["--drain-timeout", "0.1"],
		env: { NODE_OPTIONS: "--max-old-space-size=24" },
	});
	const before = residentKB(daemon);
	for (let n = 0; n < PEERS; n++) {
		const reader = await connect(t, daemon.port);
		reader.send(request("GET /endless")).socket.pause();
		const writer = await connect(t, daemon.port);
		writer.send(request("POST /upload", "Content-Length: 999999999"));
		for (let piece = 0; piece < 6; piece++) writer.send(PIECE);
	}
	const client = await connect(t, daemon.port);
	const { status } = await client.send(request("GET /small")).response();
	assert.equal(status, 204);
	const grown = residentKB(daemon) - before;
	assert.ok(grown < 2 * PEERS * EACH_KB, `${grown} kB`);
});
