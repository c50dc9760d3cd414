import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite, TOKEN } from "./site.js";

test("rows of a restored dump with one address are contested until one is written again", {
	skip: noPostgres(),
}, async (t) => {
	const { status, server, put, share, container, watched } = await startSite(
		t,
		{
			isEmpty: true,
		},
	);
	await put("first");
	const { host, port } = container;
	const values = ["a", "b"].map(
		(key) =>
			`('${key}', 'interactivetoolentrypoint', '${TOKEN}', '${host}', ${port})`,
	);
	await server.query(
		`BEGIN; TRUNCATE gxitproxy; INSERT INTO gxitproxy (key, key_type, token, host, port) VALUES ${values.join()}; COMMIT`,
	);
	assert.equal(await status("a"), 502);
	assert.equal(await status("b"), 502);
	await watched.daemon.logged(({ msg }) =>
		/lead to one address/.test(msg ?? ""),
	);
	await share("b");
	assert.equal(await status("b"), 200);
});
