import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as dial } from "node:net";
import { test } from "node:test";
import { anonymous, ask } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";

// Such a socket has no address, but was looked up in the list of trusted peers.
test("clients that reset before they are accepted leave no trace", async (t) => {
	const daemon = await startDaemon(t, { args: ["--verbose"] });
	daemon.child.kill("SIGSTOP");
	for (let n = 0; n < 20; n++) {
		const socket = dial(daemon.port, "127.0.0.1");
		await once(socket, "connect");
		socket.write("GET");
		socket.resetAndDestroy();
	}
	daemon.child.kill("SIGCONT");
	assert.equal((await ask(t, daemon, anonymous("GET /"))).status, 403);
	await daemon.logged(({ status }) => status === 403);
	assert.equal(daemon.lines.filter(({ msg }) => msg === "exchange").length, 1);
});
