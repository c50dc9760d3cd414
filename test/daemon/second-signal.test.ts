import assert from "node:assert/strict";
import { test } from "node:test";
import { startInFlight } from "./in-flight.js";

test("a second signal ends what the first one waits for, with exit code 0", async (t) => {
	const { daemon, client } = await startInFlight(t, "--drain-timeout", "0");
	const code = daemon.stop("SIGTERM");
	await daemon.logged(({ msg }) => msg?.startsWith("shutting down") === true);
	assert.equal(client.ending, undefined);
	daemon.child.kill("SIGINT");
	await client.closed;
	assert.equal(await code, 0);
});
