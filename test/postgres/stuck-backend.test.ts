import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../e2e/support/until.js";
import type { Row } from "../support/postgres.js";
import { noPostgres, startSite, untilStatus } from "./site.js";

test("the daemon's process on the server hangs while the server lives: another one is used, and the first is ended", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t);
	const { server, status, put, open, map } = site;
	assert.equal(await status("k"), 200);
	const tunnel = await open("k");
	let rows: Row[] = [];
	const untilRows = (what: string, isSo: () => boolean) =>
		until(
			what,
			async () => {
				rows = await server.backends();
				return isSo();
			},
			{ soFar: () => `; last rows: ${JSON.stringify(rows)}` },
		);
	// In the middle of a query it could hold a lock that all others need.
	await untilRows("an idle process", () => rows[0]?.state === "idle");
	const pid = Number(rows[0]?.pid);
	process.kill(pid, "SIGSTOP");
	try {
		assert.equal(await status("k"), 200);
		await put("new");
		await untilStatus(site, "new", 200);
		assert.ok((await server.backends()).length <= 2);
		await map.remove("k");
		await tunnel.closed;
	} finally {
		process.kill(pid, "SIGCONT");
	}
	await untilRows("the end of the first process", () => rows.length <= 1);
});
