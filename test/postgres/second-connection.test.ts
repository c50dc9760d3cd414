import assert from "node:assert/strict";
import { test } from "node:test";
import { MANY_ROWS, noPostgres, startSite } from "./site.js";

test("a large table whose user may have one connection only: served, and the log names the limit", {
	skip: noPostgres(),
}, async (t) => {
	const { status, watched } = await startSite(t, {
		before: [
			MANY_ROWS,
			"CREATE ROLE limited LOGIN CONNECTION LIMIT 1",
			"GRANT SELECT ON gxitproxy TO limited",
		],
		url: (server) =>
			Object.assign(new URL(server.url()), { username: "limited" }).href,
	});
	assert.equal(await status("k"), 200);
	const { reason } = await watched.daemon.logged(({ msg = "" }) =>
		/^the session map is so large that a second/.test(msg),
	);
	assert.match(String(reason), /CONNECTION LIMIT/);
});
