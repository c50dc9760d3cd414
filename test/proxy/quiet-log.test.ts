import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";

test("without --verbose only what the operator may have to look at is logged", async (t) => {
	const container = await startAnswering(t, ({ target }) =>
		target === "/bad"
			? "no HTTP\r\n"
			: "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
	);
	const daemon = await startDaemon(t, { sessions: { abc: container } });
	const client = await connect(t, daemon.port);
	await client.send(request("GET /good")).response();
	await client.send(anonymous("GET /nobody")).response();
	await client.send(request("GET /bad")).response();
	await client.send("nonsense\r\n\r\n").response();
	const bad = await daemon.logged(({ path }) => path === "/bad");
	assert.deepEqual(
		[bad.level, bad.msg, bad.termination],
		["warn", "container failed", "PH"],
	);
	const nonsense = await daemon.logged(({ status }) => status === 400);
	assert.equal(nonsense.cause, "request line");
	assert.doesNotMatch(JSON.stringify(daemon.lines), /good|nobody|nonsense/);
});
