import assert from "node:assert/strict";
import { test } from "node:test";
import { askTool } from "../same-address/tools-shared.js";
import { startDaemon } from "../support/daemon.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import {
	noPostgres,
	startPostgres,
	startSite,
	startToolContainer,
	TOKEN,
} from "./site.js";

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
	await server.query(
		`BEGIN; TRUNCATE gxitproxy; INSERT INTO gxitproxy (key, key_type, token, host, port) VALUES ${valuesOf(host, port)}; COMMIT`,
	);
	assert.equal(await status("a"), 502);
	assert.equal(await status("b"), 502);
	await watched.daemon.logged(({ msg }) =>
		/lead to one address/.test(msg ?? ""),
	);
	await share("b");
	assert.equal(await status("b"), 200);
});

test("rows of a dump that was restored before the start are contested, and stay so after a restart", {
	skip: noPostgres(),
}, async (t) => {
	const container = await startToolContainer(t);
	const { host, port } = container;
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("first", TOKEN, "127.0.0.1", 9);
	await map.sql(
		`INSERT INTO gxitproxy (key, key_type, token, host, port) VALUES ${valuesOf(host, port)}`,
	);
	for (let start = 0; start < 2; start++) {
		const daemon = await startDaemon(t, { map: server.url() });
		for (const key of ["a", "b"])
			assert.equal((await askTool(t, daemon, key)).status, 502, key);
		await daemon.stop();
	}
	assert.equal(container.requests.length, 0);
});

function valuesOf(host: string, port: number): string {
	return ["a", "b"]
		.map(
			(key) =>
				`('${key}', 'interactivetoolentrypoint', '${TOKEN}', '${host}', ${port})`,
		)
		.join();
}
