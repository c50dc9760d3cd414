import assert from "node:assert/strict";
import {
	existsSync,
	mkdirSync,
	readFileSync,
	rmdirSync,
	writeFileSync,
} from "node:fs";
import { test } from "node:test";
import { startBackend } from "../support/backend.js";
import { startDaemon } from "../support/daemon.js";
import { connect } from "../support/raw-client.js";
import { request } from "../support/request-text.js";

/** Not much more than a daemon without anything to do. */
const LIMIT_BYTES = 128 * 1024 * 1024;
const PEERS = 100;
const PIECE = Buffer.alloc(1024 * 1024);
/** Where the first version of control groups has its memory, if this machine has it. */
const MEMORY = "/sys/fs/cgroup/memory";

const skip =
	(process.getuid?.() !== 0 && "control groups need root") ||
	(!existsSync(`${MEMORY}/memory.limit_in_bytes`) &&
		"there is no memory controller here");

interface Group {
	/** The words that run a program in it. */
	readonly within: string[];
	/** The most that it held, in bytes. */
	peak(): number;
	/** Once nobody is in it. */
	remove(): void;
}

function limitedGroup(): Group {
	const group = `${MEMORY}/galaxy-proxy-test-${process.pid}`;
	mkdirSync(group);
	writeFileSync(`${group}/memory.limit_in_bytes`, String(LIMIT_BYTES));
	const script = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
	return {
		within: ["sh", "-c", script, group],
		peak: () =>
			Number(readFileSync(`${group}/memory.max_usage_in_bytes`, "latin1")),
		remove: () => rmdirSync(group),
	};
}

test("in a group of 128 MB it lives through uploads and downloads that nobody takes", {
	skip,
}, async (t) => {
	const container = await startBackend(t, async (connection) => {
		const line = await connection.line();
		const { socket } = connection;
		if (line.startsWith("GET /small"))
			connection.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
		if (line.startsWith("POST")) socket.pause();
		if (!line.startsWith("GET /endless")) return;
		connection.send("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");
		const fill = (): void => {
			while (socket.write(PIECE));
		};
		socket.on("drain", fill);
		fill();
	});
	const { within, peak, remove } = limitedGroup();
	const daemon = await startDaemon(t, {
		sessions: { abc: container },
		within,
		args: ["--drain-timeout", "0.1"],
	});
	// Behind the hook that ends the daemon.
	t.after(remove);
	for (let n = 0; n < PEERS; n++) {
		const reader = await connect(t, daemon.port);
		reader.send(request("GET /endless")).socket.pause();
		const writer = await connect(t, daemon.port);
		writer.send(request("POST /upload", "Content-Length: 999999999"));
		for (let piece = 0; piece < 4; piece++) writer.send(PIECE);
	}
	const client = await connect(t, daemon.port);
	for (let n = 0; n < 100; n++)
		assert.equal(
			(await client.send(request("GET /small")).response()).status,
			204,
		);
	t.diagnostic(`at most ${Math.round(peak() / 1024)} kB were held`);
});
