import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, head } from "../support/client.js";
import { noPostgres, startSite, TOKEN } from "./site.js";

test("odd rows keep only their own tools from being served", {
	skip: noPostgres(),
}, async (t) => {
	const { map, status, container } = await startSite(t);
	const { host, port } = container;
	await map.put("nohost", TOKEN, null, null);
	await map.put("noport", TOKEN, host, null);
	await map.put("negative", TOKEN, host, -1);
	await map.put("huge", TOKEN, host, 70_000);
	await map.put("blank", TOKEN, "", port);
	await map.put("spaces", TOKEN, "a b", port);
	await map.put("long", TOKEN, "x".repeat(5_000), port);
	await map.put("metadata", TOKEN, "169.254.169.254", 80);
	await map.put("manual", TOKEN, "manual", port);
	await map.put("notjson", TOKEN, "127.0.0.1", 9, "{");
	await map.put("list", TOKEN, "127.0.0.1", 9, "[]");
	await map.put("longinfo", TOKEN, "127.0.0.1", 9, "x".repeat(100_000));
	await map.put("other", TOKEN, "127.0.0.1", 9, null, "another_type");
	const odd =
		"nohost noport negative huge blank spaces long metadata manual notjson list longinfo none";
	const keys = odd.split(" ");
	const statuses = await Promise.all([...keys, "k"].map(status));
	assert.equal(statuses.at(-1), 200);
	for (const [at, key] of keys.entries())
		assert.ok(
			[404, 502, 503].includes(statuses[at] ?? 0),
			`${key}: ${statuses[at]}`,
		);
	assert.equal(container.requests.length, 1);
});

test("keys and tokens that no row can have are not asked for, and harm no request beside them", {
	skip: noPostgres(),
}, async (t) => {
	const { watched, status } = await startSite(t);
	const odd = [
		"%00",
		"a%00b",
		"%ff",
		"x".repeat(3_000),
		"'",
		"%22%5C",
		"%F0%9F%98%80",
		"{}",
	];
	const paths = odd.flatMap((text) => [`${text}/${TOKEN}`, `k/${text}`]);
	const asked = paths.map(async (path) => {
		const target = `/interactivetool/ep/${path}/`;
		const request = head(`GET ${target} HTTP/1.1`, "Host: galaxy.example");
		return (await ask(t, watched.daemon, request)).status;
	});
	const beside = Array.from({ length: 8 }, () => status("k"));
	assert.deepEqual(await Promise.all(beside), Array(8).fill(200));
	for (const [at, got] of (await Promise.all(asked)).entries())
		assert.ok([400, 404].includes(got), `${paths[at]}: ${got}`);
});
