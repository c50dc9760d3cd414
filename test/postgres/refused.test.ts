import assert from "node:assert/strict";
import { test } from "node:test";
import {
	noPostgres,
	startSite,
	unreadableBecause,
	untilStatus,
} from "./site.js";

/** What keeps the daemon out, what the log says then, and what lets it in. */
const CASES = [
	{
		name: "a user without the right to read the table",
		shut: "REVOKE ALL ON gxitproxy FROM galaxy; ALTER TABLE gxitproxy OWNER TO postgres",
		open: "GRANT SELECT ON gxitproxy TO galaxy",
		reason: /GRANT SELECT/,
	},
	{
		name: "a user who has no connection left",
		shut: "ALTER ROLE galaxy CONNECTION LIMIT 0",
		open: "ALTER ROLE galaxy CONNECTION LIMIT -1",
		reason: /no connection left.*CONNECTION LIMIT/,
	},
	{
		name: "a user who may not log in",
		shut: "ALTER ROLE galaxy NOLOGIN",
		open: "ALTER ROLE galaxy LOGIN",
		reason: /may log in/,
	},
];

for (const { name, shut, open, reason } of CASES)
	test(`${name}: 503 and a log line, and served as soon as it may`, {
		skip: noPostgres(),
	}, async (t) => {
		const found: { connect?: () => Promise<unknown> } = {};
		const site = await startSite(t, {
			url: async (server) => {
				// From now on it may be impossible to connect.
				const client = await server.connect();
				await client.query(shut);
				found.connect = () => client.query(open);
				return server.url();
			},
		});
		const { daemon } = site.watched;
		assert.equal(await site.status("k"), 503);
		const line = await unreadableBecause(daemon, reason);
		assert.equal(line.level, "warn");
		await found.connect?.();
		await untilStatus(site, "k", 200);
		await daemon.logged(({ msg }) => msg === "session map readable");
	});

test("a wrong password: 503 and a log line without it, and served once the server takes it", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t, {
		server: { password: "r1ght" },
		url: (server) => server.url().replace("r1ght", "wr0ng"),
	});
	assert.equal(await site.status("k"), 503);
	const { daemon } = site.watched;
	await unreadableBecause(daemon, /password/);
	await site.server.query("ALTER ROLE galaxy PASSWORD 'wr0ng'");
	await untilStatus(site, "k", 200);
	assert.ok(!JSON.stringify(daemon.lines).includes("wr0ng"));
});
