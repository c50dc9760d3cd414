import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite, TOKEN, untilStatus } from "./site.js";

const INDEXES = ["SELECT", "CREATE INDEX ON gxitproxy (host, port)"];
const PADDED =
	"ALTER TABLE gxitproxy ALTER key TYPE char(20), ALTER key_type TYPE char(40), ALTER token TYPE char(40), ALTER host TYPE char(90)";
const LONG = "ALTER TABLE gxitproxy ALTER token TYPE text";

for (const index of INDEXES) {
	test(`columns that the server pads with blanks, ${index}: a younger row takes its address`, {
		skip: noPostgres(),
	}, async (t) => {
		const { share, status } = await startSite(t, { before: [PADDED, index] });
		await share("new");
		assert.equal(await status("new"), 200);
		assert.equal(await status("k"), 502);
	});

	test(`a row of very long values, ${index}: the other one with its address is served, and the map is readable`, {
		skip: noPostgres(),
	}, async (t) => {
		const site = await startSite(t, { before: [LONG, index] });
		const { server, container, status, put, watched } = site;
		const { host, port } = container;
		const long = "repeat(md5(random()::text), 1000000)";
		const key = "'long', 'interactivetoolentrypoint'";
		await server.query(
			...(index === "SELECT"
				? [`INSERT INTO gxitproxy VALUES (${key}, '${TOKEN}', ${long}, 9)`]
				: []),
			`INSERT INTO gxitproxy VALUES (${key} || '2', ${long}, '${host}', ${port})`,
		);
		await put("k");
		await untilStatus(site, "other", 404);
		assert.equal(await status("k"), 200);
		assert.equal((await watched.ask("/readyz")).status, 200);
	});
}
