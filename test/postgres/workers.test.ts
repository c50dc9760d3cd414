import assert from "node:assert/strict";
import { test } from "node:test";
import {
	awaitEverywhere,
	expectEverywhere,
	withFirstAlone,
} from "../workers/everywhere.js";
import { noPostgres, startGroupSite } from "./site.js";

test("--workers 2: every worker is fresh by a connection of its own, also after a restart of the server and of the workers", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startGroupSite(t, "k");
	const { server, map, put, group, status } = site;
	const expectFresh = async (when: string) => {
		await expectEverywhere(() => status("k"), 200, `there, ${when}`);
		await map.remove("k");
		await expectEverywhere(() => status("k"), 404, `removed, ${when}`);
		await put("k");
		await expectEverywhere(() => status("k"), 200, `written again, ${when}`);
	};
	await expectFresh("at first");
	assert.equal((await server.backends()).length, 2);
	await server.restart("immediate");
	// It may take so long that last routes are served.
	while ((await server.backends()).length !== 2);
	await awaitEverywhere(() => status("none"), 404);
	await expectFresh("after a restart of the server");
	await group.roll();
	await expectFresh("after a rolling restart");
	// Those that drain follow the table until they end.
	while ((await server.backends()).length !== 2);
});

test("--workers 2: a removed row ends its tunnel in a worker that drains", {
	skip: noPostgres(),
}, async (t) => {
	const { map, group, open } = await startGroupSite(t, "k");
	const tunnel = await withFirstAlone(group, () => open("k"));
	await group.roll();
	tunnel.send("still open");
	assert.equal(tunnel.ending, undefined);
	await map.remove("k");
	await tunnel.closed;
});
