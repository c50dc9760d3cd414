import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { ask, connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";

test("it keeps serving when nobody reads its output any more, and stops with exit code 0", async (t) => {
	const container = await startAnswering(t);
	const daemon = await startDaemon(t, {
		sessions: { abc: container },
		args: ["--verbose"],
	});
	const { stdout, stderr } = daemon.child;
	stdout.destroy();
	stderr.destroy();
	await Promise.all([once(stdout, "close"), once(stderr, "close")]);
	const client = await connect(t, daemon.port);
	for (let count = 0; count < 20; count++)
		assert.equal((await client.send(request("GET /")).response()).text, "ok");
	assert.equal((await ask(t, daemon, request("GET /"))).text, "ok");
	assert.equal(await daemon.stop(), 0);
});
