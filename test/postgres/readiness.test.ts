import assert from "node:assert/strict";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { expectEverywhere } from "../workers/everywhere.js";
import { noPostgres, type Site, startPostgres, startSite } from "./site.js";

interface Live {
	readonly workers: readonly { readonly pid: number }[];
}

/** The user may have one connection less than it has now. */
const ONE_CONNECTION_LESS = `DO $$ BEGIN EXECUTE (
	SELECT 'ALTER ROLE galaxy CONNECTION LIMIT ' || count(*) - 1 FROM pg_stat_activity WHERE usename = 'galaxy'
); END $$`;

const KINDS = [
	{ kind: "a single process", args: [] },
	{ kind: "workers", args: ["--workers", "2"] },
];

for (const { kind, args } of KINDS) {
	test(`${kind}: a database that is away makes it unready after three seconds, and it serves all the same`, {
		skip: noPostgres(),
	}, async (t) => {
		const database = await startPostgres(t);
		const galaxy = startDatabaseMap(t, database.url());
		await galaxy.put("k", "t", "127.0.0.1", 1);
		const map = database.url();
		const { ask, daemon } = await startWatched(t, { map, args });
		while (/"state":"starting"/.test((await ask("/live")).text));
		while ((await ask("/readyz")).status !== 200);
		await database.stop();
		let answer = await ask("/readyz");
		while (answer.status === 200) answer = await ask("/readyz");
		assert.match(answer.text, /has been unreadable for [3-9] s: /);
		assert.equal((await ask("/servez")).text, "serving\n");
		await database.start();
		while ((await ask("/readyz")).status !== 200);
		await daemon.logged(({ msg }) => msg === "session map readable");
	});

	test(`${kind}: without a first read it serves nothing`, {
		skip: noPostgres(),
	}, async (t) => {
		const database = await startPostgres(t);
		await startDatabaseMap(t, database.url()).put("k", "t", "127.0.0.1", 1);
		await database.stop();
		const map = database.url();
		const { ask } = await startWatched(t, { map, args });
		assert.equal((await ask("/servez")).status, 503);
		assert.equal((await ask("/readyz")).status, 503);
		await database.start();
		while ((await ask("/servez")).status !== 200);
		while ((await ask("/readyz")).status !== 200);
	});

	test(`${kind}: a database without the table is not ready, and serves the page`, {
		skip: noPostgres(),
	}, async (t) => {
		const database = await startPostgres(t);
		const map = database.url();
		const { ask } = await startWatched(t, { map, args });
		while ((await ask("/servez")).status !== 200);
		assert.equal((await ask("/readyz")).status, 503);
		await startDatabaseMap(t, map).put("k", "t", "127.0.0.1", 1);
		while ((await ask("/readyz")).status !== 200);
	});
}

const LOSSES = [
	{
		what: "has lost the map",
		lose: async ({ server }: Site) => {
			const [worker] = await server.backends();
			await server.query(`SELECT pg_terminate_backend(${worker?.pid})`);
		},
		reason: /has been unreadable for [3-9] s: .*CONNECTION/,
	},
	{
		what: "has taken another's place and never read the map",
		lose: async ({ watched }: Site) => {
			const { workers } = await watched.askJson<Live>("/live");
			process.kill(workers[0]?.pid ?? 0, "SIGKILL");
		},
		reason: /no session map was read yet: .*CONNECTION/,
	},
];

for (const { what, lose, reason } of LOSSES)
	test(`the group is not ready while one of its workers ${what}, since any request may reach that one`, {
		skip: noPostgres(),
	}, async (t) => {
		const site = await startSite(t, { args: ["--workers", "2"] });
		const { server, watched, status } = site;
		const { ask, metric } = watched;
		while (/"state":"starting"/.test((await ask("/live")).text));
		while ((await ask("/readyz")).status !== 200);
		await expectEverywhere(() => status("k"), 200, "at first");

		await server.query(ONE_CONNECTION_LESS);
		await lose(site);
		let answer = await ask("/readyz");
		while (!reason.test(answer.text)) answer = await ask("/readyz");
		assert.equal(answer.status, 503);
		assert.equal(await metric("galaxy_proxy_ready"), 0);
		assert.equal((await ask("/servez")).text, "serving\n");

		await server.query("DELETE FROM gxitproxy");
		await server.query("ALTER ROLE galaxy CONNECTION LIMIT -1");
		while ((await ask("/readyz")).status !== 200);
		await expectEverywhere(() => status("k"), 404, "removed meanwhile");
	});
