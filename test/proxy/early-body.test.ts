import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { as, connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { noFullListener, startFullListener } from "../support/full-listener.js";
import { startProxy } from "../support/proxy.js";
import { GUARD_MS } from "../support/wait.js";
import { ONE_PROCESS } from "../support/workers.js";

const LENGTH = 40_000;

function post(letter: string): string {
	const body = letter.repeat(LENGTH);
	return `${request("POST /", `Content-Length: ${LENGTH}`)}${body}`;
}

// A body waits in memory that other connections read into next: its container would get another user's bytes.
test("a body that waits for its connection is not overwritten by others", {
	skip: noFullListener || ONE_PROCESS,
}, async (t) => {
	const slow = await startFullListener(t);
	const quick = await startAnswering(t);
	const target = { host: "127.0.0.1", port: slow.port };
	// Linux repeats a dropped SYN after 1, 3 and 7 seconds: a late one counts too.
	const { port, proxy } = await startProxy(
		t,
		{ abc: target, other: quick },
		{ connectTimeoutMs: GUARD_MS },
	);
	const client = await connect(t, port);
	client.send(post("a"));
	const isTaken = () =>
		proxy.load().sessions.some((each) => each.bytesFromClient === LENGTH);
	while (!isTaken()) await turn();
	client.send(request("GET /next"));
	for (let count = 0; count < 8; count++) {
		const other = await connect(t, port);
		await other.send(as("other", post("b"))).response();
	}
	slow.open();
	assert.equal((await client.response()).text, "a".repeat(LENGTH));
});
