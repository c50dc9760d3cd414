import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { toolSession } from "../../src/route.js";
import { awaitEverywhere } from "../workers/everywhere.js";
import {
	askTool,
	openTool,
	startToolContainer,
	startToolMap,
	startToolsDaemon,
	TOKEN,
} from "./tools-shared.js";

function tellsDoubt({ msg }: { msg?: string }): boolean {
	return msg?.startsWith("a new row leads to the address") === true;
}

test("a row that names the address of a tool in use is refused until the tool's connections have ended", async (t) => {
	const container = await startToolContainer(t);
	const map = startToolMap(t);
	await map.put("victim", TOKEN, container.host, container.port);
	const daemon = await startToolsDaemon(t, map);
	const tunnel = await openTool(t, daemon, "victim");

	await map.put("thief", TOKEN, "localhost", container.port);
	const refused = await askTool(t, daemon, "thief");
	assert.equal(refused.status, 502);
	assert.equal((await askTool(t, daemon, "victim")).status, 200);
	const line = await daemon.logged(tellsDoubt);
	assert.equal(line.session, sessionLabel(toolSession("thief", TOKEN)));
	assert.equal(line.other, sessionLabel(toolSession("victim", TOKEN)));

	// Connections that are younger than the row keep nobody out.
	const younger = await openTool(t, daemon, "victim");
	tunnel.end();
	await tunnel.closed;
	// Each of several workers learns for itself that they have ended.
	const statusOf = async (key: string) =>
		(await askTool(t, daemon, key)).status;
	await awaitEverywhere(() => statusOf("thief"), 200);
	assert.equal((await askTool(t, daemon, "victim")).status, 502);
	await younger.closed;
	// Each worker says it once; so does a spare, which is there two seconds after the start.
	const sayers = daemon.lines.filter(tellsDoubt).map(({ pid }) => pid);
	assert.equal(sayers.length, new Set(sayers).size);
	assert.ok(!JSON.stringify(daemon.lines).includes(TOKEN));
});

test("entry points of one tool that share a port are all served, while in use too", async (t) => {
	const container = await startToolContainer(t);
	const map = startToolMap(t);
	await map.put("first", TOKEN, "127.0.0.1", 1);
	const daemon = await startToolsDaemon(t, map);
	await map.put("one", TOKEN, container.host, container.port);
	const tunnel = await openTool(t, daemon, "one");
	await map.put("between", TOKEN, "127.0.0.1", 2);
	await map.put("two", TOKEN, container.host, container.port);
	for (const key of ["one", "two"])
		assert.equal((await askTool(t, daemon, key)).status, 200, key);
	tunnel.send("still open");
});
