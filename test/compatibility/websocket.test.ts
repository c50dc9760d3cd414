import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, connect, request, upgrade } from "../support/client.js";
import {
	OK,
	STOPPED,
	startAnswering,
	startBackend,
} from "../support/container.js";
import { startClient } from "../support/proxy.js";

// The legacy sent the bare text, without a status line.
test("an upgrade to a stopped container is answered in proper HTTP", async (t) => {
	const { client } = await startClient(t, { abc: STOPPED });
	const { status, text } = await client.send(upgrade()).response();
	assert.deepEqual([status, text], [502, "Proxy target missing"]);
});

// Each of these ended the legacy's process.
test("upgrades without a session, or abandoned before their answer, do no harm", async (t) => {
	const silent = await startBackend(t, (connection) => connection.request());
	const other = await startAnswering(t, OK);
	const { proxy, client: refused } = await startClient(t, {
		gone: silent,
		abc: other,
	});
	refused.send(upgrade().replace("abc", "zzz"));
	assert.equal((await refused.response()).status, 403);

	const gone = await connect(t, proxy.port);
	gone.send(upgrade().replace("abc", "gone"));
	const upstream = await silent.connection(0);
	await upstream.until("\r\n\r\n");
	gone.reset();
	await upstream.closed;
	assert.equal((await ask(t, proxy, request("GET /"))).status, 200);
});
