import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { bindSockets } from "../../src/listening/bound-socket.js";
import { removeStale } from "../../src/listening/unix-socket.js";
import { scratchFolder } from "../support/folders.js";

// A second daemon took the socket of a supervisor whose workers did not listen yet for a dead one, and replaced it: the first
// one served nobody from then on.
test("a unix socket that is bound and does not listen yet is in use", async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	const [socket] = await bindSockets(`unix:${path}`, 0);
	t.after(() => socket?.close());
	await assert.rejects(removeStale(path), { code: "EADDRINUSE" });
});
