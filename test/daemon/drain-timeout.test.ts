import assert from "node:assert/strict";
import { test } from "node:test";
import { startInFlight } from "./in-flight.js";

test("what is not finished within --drain-timeout is cut, and the exit code is 0", async (t) => {
	const { daemon, client, container } = await startInFlight(
		t,
		"--drain-timeout",
		"0.3",
	);
	const began = performance.now();
	const code = daemon.stop();
	await Promise.all([client.closed, container.closed]);
	assert.ok(performance.now() - began >= 290, "not before its time");
	assert.equal(await code, 0);
	assert.ok(
		performance.now() - began < 7_000,
		"nor after the usual eight seconds",
	);
	assert.equal(client.received, "");
});
