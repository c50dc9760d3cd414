import assert from "node:assert/strict";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { noPostgres, startPostgres } from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";

for (const args of [[], ["--workers", "2"]])
	test(`the rows of a database are counted, and those of no use ${args.join(" ")}`, {
		skip: noPostgres(),
	}, async (t) => {
		const database = await startPostgres(t);
		const galaxy = startDatabaseMap(t, database.url());
		for (const key of ["old", "new", "alone"])
			await galaxy.put(key, "t", "10.0.0.1", key === "alone" ? 81 : 80);
		const { ask } = await startWatched(t, { map: database.url(), args });
		const metrics = async () => (await ask("/metrics")).text;
		let text = await metrics();
		while (!/^galaxy_proxy_session_map_rows 3$/m.test(text))
			text = await metrics();
		assert.match(text, /refused_rows\{reason="ended"\} 1$/m);
		await galaxy.remove("new");
		await galaxy.remove("old");
		while (!/^galaxy_proxy_session_map_rows 1$/m.test(text))
			text = await metrics();
	});
