import assert from "node:assert/strict";
import { test } from "node:test";
import { startAnswering } from "../support/answering.js";
import { startDaemon } from "../support/daemon.js";
import { connect, type RawClient } from "../support/raw-client.js";
import { request } from "../support/request-text.js";

const skip = process.platform !== "linux" && "the limit is read in /proc";

test("clients that take every descriptor while the daemon is still loading do not end it", {
	skip,
}, async (t) => {
	const container = await startAnswering(t);
	const daemon = await startDaemon(t, {
		sessions: { abc: container },
		within: ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"],
		args: ["--max-clients", "1000"],
		stillLoads: true,
	});
	const crowd: RawClient[] = [];
	while (crowd.length < 64) crowd.push(await connect(t, daemon.port));
	await Promise.any(crowd.map((client) => client.closed));
	for (const client of crowd) {
		client.end();
		await client.closed;
	}
	await daemon.logged(({ msg }) => msg === "session map readable");
	const client = await connect(t, daemon.port);
	const { status } = await client.send(request("GET /")).response();
	assert.equal(status, 200);
});
