import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
	anonymous,
	ask,
	connect,
	request,
	upgrade,
} from "../../support/client.js";
import { startAnswering } from "../../support/container.js";
import { type Daemon, startDaemon } from "../../support/daemon.js";
import { scratchFolder } from "../../support/folders.js";
import { startGalaxyMap } from "../../support/session-map.js";
import {
	byHost,
	byPath,
	KEY,
	startToolMap,
	TOKEN,
} from "../../support/tools.js";

/** A daemon whose map has a name that shows no mode, and does not exist. */
async function startUndecided(t: TestContext): Promise<Daemon> {
	const map = join(scratchFolder(t), "map.sqlite");
	const daemon = await startDaemon(t, { map });
	await daemon.logged(
		({ msg, reason }) =>
			msg === "session map unreadable" && /--mode gie/.test(String(reason)),
	);
	return daemon;
}

const ofSession = request("GET /");

test("until the map has a table, every request gets 503", async (t) => {
	const daemon = await startUndecided(t);
	const texts = [ofSession, anonymous("GET /"), byHost("GET /"), upgrade()];
	for (const { status } of await Promise.all(
		texts.map((text) => ask(t, daemon.port, text)),
	))
		assert.equal(status, 503);
	const map = startToolMap(t, daemon.map);
	await map.sql("VACUUM");
	assert.equal((await ask(t, daemon.port, byHost("GET /"))).status, 503);
});

test("a request that is sent after the first commit is served: tools", async (t) => {
	const container = await startAnswering(t);
	const daemon = await startUndecided(t);
	const client = await connect(t, daemon.port);
	const map = startToolMap(t, daemon.map);
	await map.put(KEY, TOKEN, container.host, container.port);
	client.send(byHost("GET /"));
	assert.equal((await client.response()).text, "ok");
	const { mode, sign } = await daemon.logged(
		({ msg }) => msg === "mode decided",
	);
	assert.equal(mode, "gxit");
	assert.equal(sign, `the table gxitproxy in ${daemon.map}`);
	await daemon.logged(({ msg }) => msg === `Watching path ${daemon.map}`);
	assert.equal((await ask(t, daemon.port, ofSession)).status, 404);
});

test("a request that is sent after the first commit is served: environments", async (t) => {
	const container = await startAnswering(t);
	const daemon = await startUndecided(t);
	const galaxy = startGalaxyMap(t, daemon.map);
	await galaxy.put("abc", container.host, container.port);
	assert.equal((await ask(t, daemon.port, ofSession)).text, "ok");
	const { mode } = await daemon.logged(({ msg }) => msg === "mode decided");
	assert.equal(mode, "gie");
});

test("requests that wait are served once the table is there", async (t) => {
	const container = await startAnswering(t);
	const daemon = await startUndecided(t);
	const map = startToolMap(t, daemon.map);
	const client = await connect(t, daemon.port);
	client.send(byHost("GET /") + byHost("GET /"));
	await map.put(KEY, TOKEN, container.host, container.port);
	const first = await client.response();
	// On a machine so slow that the second was over, it is sent again.
	if (first.status === 503) client.send(byHost("GET /"));
	else assert.equal(first.text, "ok");
	assert.equal((await client.response()).text, "ok");
});

test("the mode stays: another table and a reload do not change it", async (t) => {
	const container = await startAnswering(t);
	const daemon = await startUndecided(t);
	const map = startToolMap(t, daemon.map);
	await map.put(KEY, TOKEN, container.host, container.port);
	assert.equal((await ask(t, daemon.port, byHost("GET /"))).status, 200);
	const galaxy = startGalaxyMap(t, daemon.map);
	await galaxy.put("abc", container.host, container.port);
	daemon.child.kill("SIGHUP");
	await daemon.logged(({ msg }) => msg === "reloaded");
	assert.equal((await ask(t, daemon.port, ofSession)).status, 404);
	assert.equal((await ask(t, daemon.port, byHost("GET /"))).status, 200);
	const decided = daemon.lines.filter(({ msg }) => msg === "mode decided");
	assert.equal(decided.length, 1);
});

test("without a prefix tools are served by host alone", async (t) => {
	const container = await startAnswering(t);
	const daemon = await startUndecided(t);
	const map = startToolMap(t, daemon.map);
	await map.put(KEY, TOKEN, container.host, container.port);
	assert.equal((await ask(t, daemon.port, byPath("GET /"))).status, 404);
	assert.equal((await ask(t, daemon.port, byHost("GET /"))).status, 200);
});

test("two tables at once leave it undecided, and the log says what to do", async (t) => {
	const daemon = await startUndecided(t);
	const map = startToolMap(t, daemon.map);
	const tables = ["gxproxy2", "gxitproxy"];
	const made = tables.map((name) => `CREATE TABLE ${name} (key)`);
	await map.sql("BEGIN", ...made, "COMMIT");
	const { status } = await ask(t, daemon.port, byHost("GET /"));
	assert.equal(status, 503);
	await daemon.logged(
		({ msg, reason }) =>
			msg === "the mode cannot be decided" && /--mode/.test(String(reason)),
	);
});
