import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite, TOKEN } from "./site.js";

/** An index of an admin's own may begin with the port. */
const CASES = [
	["no index", "SELECT", "127.0.0.1", "localhost"],
	[
		"hosts first",
		"CREATE INDEX ON gxitproxy (host, port)",
		"0.0.0.0",
		"localhost",
	],
	[
		"ports first",
		"CREATE INDEX ON gxitproxy (port, host)",
		"localhost",
		"127.0.0.1",
	],
] as const;

for (const [name, statement, former, present] of CASES)
	test(`${name}: a row that calls this machine ${present} takes the address of one that calls it ${former}`, {
		skip: noPostgres(),
	}, async (t) => {
		const { map, container, status } = await startSite(t, {
			before: [`UPDATE gxitproxy SET host = '${former}'`, statement],
			// No look at the whole table finds the conflict first.
			args: ["--pollingInterval", "0"],
		});
		await map.put("new", TOKEN, present, container.port);
		assert.equal(await status("new"), 200);
		assert.equal(await status("k"), 502);
	});
