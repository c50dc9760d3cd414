import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { startWatched } from "../support/admin.js";
import { connect, head, request, upgrade } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import type { LogLine } from "../support/daemon.js";
import { ONE_PROCESS } from "../support/workers.js";

const METRIC = "galaxy_proxy_front_commands_dropped_total";
const CHUNKED = head(
	"HTTP/1.1 200 OK",
	"Transfer-Encoding: chunked",
	"X-Reproxy-URL: http://10.0.0.1/",
);
const ANSWERS: Record<string, string> = {
	"/plain": head(
		"HTTP/1.1 200 OK",
		"Content-Length: 0",
		"X-aCCel-Redirect: /_x_accel_redirect/etc/passwd?key=5ecre7",
	),
	"/trailer": `${CHUNKED}0\r\nX-Sendfile: /etc/shadow\r\n\r\n`,
	"/interim": `${head("HTTP/1.1 103 X", "X-Sendfile: /a")}${head("HTTP/1.1 200 OK", "Content-Length: 0")}`,
	"/ws": head(
		"HTTP/1.1 101 X",
		"Connection: Upgrade",
		"Upgrade: websocket",
		"X-Reproxy-File: /b",
	),
	"/good": head(
		"HTTP/1.1 200 OK",
		"Content-Length: 0",
		"X-Accel-Buffering: no",
	),
};

test("dropped fields are counted, and logged once for each session, without the query", {
	skip: ONE_PROCESS,
}, async (t) => {
	const container = await startAnswering(
		t,
		({ target }) => ANSWERS[target] ?? "",
	);
	const sessions = { abc: container, other: container };
	const watched = await startWatched(t, { sessions });
	const { daemon } = watched;
	const ask = async (text: string, status = 200) => {
		const client = await connect(t, daemon.port);
		client.send(text);
		let answer = await client.response();
		if (answer.status === 103) answer = await client.response();
		assert.equal(answer.status, status);
	};
	await ask(request("GET /good"));
	assert.equal(await watched.metric(METRIC), 0);

	await ask(request("GET /plain"));
	const isTold = ({ field }: LogLine) => field !== undefined;
	const line = await daemon.logged(isTold);
	assert.equal(line.level, "warn");
	assert.equal(line.session, sessionLabel("abc"));
	assert.equal(line.sessionKey, undefined);
	assert.equal(line.field, "x-accel-redirect");
	assert.equal(line.value, "/_x_accel_redirect/etc/passwd?…");
	assert.equal(await watched.metric(METRIC), 1);

	await ask(request("GET /trailer"));
	await ask(request("GET /interim"));
	await ask(upgrade("/ws"), 101);
	assert.equal(await watched.metric(METRIC), 5);
	await ask(request("GET /plain").replace("=abc", "=other"));
	assert.equal(await watched.metric(METRIC), 6);
	const other = sessionLabel("other");
	await daemon.logged(({ field, session }) => !!field && session === other);
	assert.equal(daemon.lines.filter(isTold).length, 2);
	assert.ok(!JSON.stringify(daemon.lines).includes("5ecre7"));
});
