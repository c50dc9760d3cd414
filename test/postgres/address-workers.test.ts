import { test } from "node:test";
import { askTool } from "../same-address/tools-shared.js";
import { startGroup } from "../support/group.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import {
	awaitEverywhere,
	expectEverywhere,
	killAll,
	withFirstAlone,
} from "../workers/everywhere.js";
import {
	noPostgres,
	startGroupSite,
	startPostgres,
	startToolContainer,
	TOKEN,
} from "./site.js";

test("--workers 2: an ended row stays ended over deaths and rolling restarts, until it is written again", {
	skip: noPostgres(),
}, async (t) => {
	const { map, put, group, status } = await startGroupSite(t, "old");
	const expect = (key: string, wanted: number, when: string) =>
		expectEverywhere(() => status(key), wanted, `${key} ${when}`);
	await expect("old", 200, "at first");
	await put("new");
	// Each worker learns for itself, or from another one, that nothing contradicts the row.
	await awaitEverywhere(() => status("new"), 200);
	await expect("new", 200, "once written");
	await expect("old", 502, "once its address is taken");
	await killAll(group, 2, () => map.remove("new"));
	await expect("old", 502, "after the death of all workers");
	await group.roll();
	await expect("old", 502, "after a rolling restart");
	await put("old");
	await expect("old", 200, "written again");
	await group.roll();
	await expect("old", 200, "written again, after a restart");
});

test("--workers 2: no worker believes a row while another one has a connection to the older row's tool", {
	skip: noPostgres(),
}, async (t) => {
	const { put, group, status, open } = await startGroupSite(t, "victim");
	const expect = (key: string, wanted: number, when: string) =>
		expectEverywhere(() => status(key), wanted, `${key} ${when}`);
	const tunnel = await withFirstAlone(group, () => open("victim"));
	await put("thief");
	await expect("thief", 502, "at first");
	await expect("victim", 200, "meanwhile");
	await group.roll();
	await expect("thief", 502, "after a restart, while the tunnel drains");
	tunnel.end();
	await tunnel.closed;
	await awaitEverywhere(() => status("thief"), 200);
	await expect("thief", 200, "in the end");
	await expect("victim", 502, "in the end");
});

test("--workers 2: entry points of one tool are all served in every worker, also after a rolling restart", {
	skip: noPostgres(),
}, async (t) => {
	const { host, port } = await startToolContainer(t);
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("first", TOKEN, "127.0.0.1", 1);
	const group = await startGroup(t, { map: server.url() });
	const status = async (key: string) =>
		(await askTool(t, group.daemon, key)).status;
	await map.put("one", TOKEN, host, port);
	await map.put("two", TOKEN, host, port);
	for (const when of ["at first", "after a rolling restart"]) {
		for (const key of ["one", "two"])
			await expectEverywhere(() => status(key), 200, `${key} ${when}`);
		await group.roll();
	}
});
