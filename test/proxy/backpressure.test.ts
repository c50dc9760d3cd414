import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";

const skip =
	process.platform !== "linux" && "a process's memory is read in /proc";
const MB = 1024 * 1024;
/** The bytes pushed into the proxy, and how many of them its memory may contain. The sockets' own buffers are the kernel's. */
const PUSHED = Buffer.alloc(200 * MB);
const GROWTH_MB = 48;
/** A side that does not move is cut off after this time, which ends the test. */
const FLAGS = { args: ["--body-timeout", "2"] };

test("a download that nobody reads costs little memory", {
	skip,
}, async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.send(
			`HTTP/1.1 200 OK\r\nContent-Length: ${PUSHED.length}\r\n\r\n`,
		);
		connection.send(PUSHED);
	});
	const daemon = await startDaemon(t, {
		...FLAGS,
		sessions: { abc: container },
	});
	const idle = memory(daemon.pid, "VmRSS");
	const client = await connect(t, daemon.port);
	client.socket.pause();
	client.send(request("GET /"));
	await (await container.connection(0)).closed;
	assert.ok(memory(daemon.pid, "VmHWM") - idle < GROWTH_MB);
});

test("an upload that nobody reads costs little memory", { skip }, async (t) => {
	const container = await startBackend(t, (connection) => {
		connection.socket.pause();
	});
	const daemon = await startDaemon(t, {
		...FLAGS,
		sessions: { abc: container },
	});
	const idle = memory(daemon.pid, "VmRSS");
	const client = await connect(t, daemon.port);
	client.send(request("POST /", `Content-Length: ${PUSHED.length}`));
	client.send(PUSHED);
	assert.equal((await client.response()).status, 504);
	assert.ok(memory(daemon.pid, "VmHWM") - idle < GROWTH_MB);
});

/** In MB, as Linux tells it of a process. */
function memory(pid: number, field: "VmRSS" | "VmHWM"): number {
	const status = readFileSync(`/proc/${pid}/status`, "latin1");
	return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}
