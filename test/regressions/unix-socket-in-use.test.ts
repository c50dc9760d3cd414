import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { removeStale } from "../../src/listening/unix-socket.js";
import { scratchFolder } from "../support/folders.js";

// A standby whose look at the socket came with its holder's end ended as well: "connect ECONNRESET".
test("a unix socket that is closed during the look at it is free", async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	const server = createServer().listen(path);
	await once(server, "listening");
	const removed = removeStale(path);
	server.close();
	await removed;
	assert.equal(existsSync(path), false);
});

const FULL = `
import socket, sys
path = sys.argv[1]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(0)
waiting = socket.socket(socket.AF_UNIX)
waiting.connect(path)
print("full", flush=True)
sys.stdin.read()
`;

// The same, "connect EAGAIN", while the holder did not accept the connections in its queue.
test("a unix socket whose queue is full is in use", async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	const holder = spawn("python3", ["-c", FULL, path]);
	t.after(() => holder.kill());
	await once(holder.stdout, "data");
	await assert.rejects(removeStale(path), { code: "EADDRINUSE" });
});

const CLOSED = `
import socket, sys
path = sys.argv[1]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen()
client = socket.socket(socket.AF_UNIX)
client.connect(path)
accepted, _ = listener.accept()
listener.close()
print("closed", flush=True)
sys.stdin.read()
`;

// Workers whose supervisor was killed finish their requests, and the next daemon took their connections for a listener.
test("a unix socket that is closed is free, though a connection to it is open", async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	const holder = spawn("python3", ["-c", CLOSED, path]);
	t.after(() => holder.kill());
	await once(holder.stdout, "data");
	await removeStale(path);
	assert.equal(existsSync(path), false);
});
