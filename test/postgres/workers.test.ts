import assert from "node:assert/strict";
import { test } from "node:test";
import { askTool, openTool } from "../same-address/tools-shared.js";
import { startGroup } from "../support/group.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { expectEverywhere, withFirstAlone } from "../workers/everywhere.js";
import {
	noPostgres,
	startPostgres,
	startToolContainer,
	TOKEN,
} from "./site.js";

test("--workers 2: every worker is fresh by a connection of its own, also after a restart of the server and of the workers", {
	skip: noPostgres(),
}, async (t) => {
	const { host, port } = await startToolContainer(t);
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("k", TOKEN, host, port);
	const group = await startGroup(t, { map: server.url() });
	const status = async (key: string) =>
		(await askTool(t, group.daemon, key)).status;
	const expectFresh = async (when: string) => {
		await expectEverywhere(() => status("k"), 200, `there, ${when}`);
		await map.remove("k");
		await expectEverywhere(() => status("k"), 404, `removed, ${when}`);
		await map.put("k", TOKEN, host, port);
		await expectEverywhere(() => status("k"), 200, `written again, ${when}`);
	};
	await expectFresh("at first");
	assert.equal((await server.backends()).length, 2);
	await server.restart("immediate");
	await expectFresh("after a restart of the server");
	await group.roll();
	await expectFresh("after a rolling restart");
	// Those that drain follow the table until they end.
	while ((await server.backends()).length !== 2);
});

test("--workers 2: a removed row ends its tunnel in a worker that drains", {
	skip: noPostgres(),
}, async (t) => {
	const { host, port } = await startToolContainer(t);
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("k", TOKEN, host, port);
	const group = await startGroup(t, { map: server.url() });
	const tunnel = await withFirstAlone(group, () =>
		openTool(t, group.daemon, "k"),
	);
	await group.roll();
	tunnel.send("still open");
	assert.equal(tunnel.ending, undefined);
	await map.remove("k");
	await tunnel.closed;
});
