import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
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

/** Starts a program that listens on the path with room for one connection, makes that, and does the rest. */
async function startHolder(t: TestContext, path: string, rest: string) {
	const program = `
import socket, sys
listener, client = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(0)
client.connect(sys.argv[1])
${rest}
print("done", flush=True)
sys.stdin.read()
`;
	const holder = spawn("python3", ["-c", program, path]);
	t.after(() => holder.kill());
	await once(holder.stdout, "data");
}

// The same, "connect EAGAIN", while the holder did not accept the connections in its queue.
test("a unix socket whose queue is full is in use", async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	await startHolder(t, path, "");
	await assert.rejects(removeStale(path), { code: "EADDRINUSE" });
});

// Workers whose supervisor was killed finish their requests, and the next daemon took their connections for a listener.
test("a unix socket that is closed is free, though a connection to it is open", async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	await startHolder(
		t,
		path,
		"accepted, _ = listener.accept()\nlistener.close()",
	);
	await removeStale(path);
	assert.equal(existsSync(path), false);
});
