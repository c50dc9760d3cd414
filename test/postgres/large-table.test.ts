import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/folders.js";
import { MANY_ROWS, noPostgres, startSite, untilStatus } from "./site.js";

test("a large table without the index: served, removed rows end their tunnels, and the log says which rule does not hold", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t, { before: [MANY_ROWS] });
	const { status, put, map, open, watched } = site;
	assert.equal(await status("k"), 200);
	await put("new");
	assert.equal(await status("new"), 200);
	await watched.daemon.logged(({ msg }) => /install-trigger/.test(msg ?? ""));
	const tunnel = await open("new");
	await map.remove("new");
	await tunnel.closed;
	assert.equal(await status("new"), 404);
});

test("a large table with the index and the trigger: the same-address rule holds, and a removed row ends its tunnel by the notification", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t, {
		args: ["--pollingInterval", "0"],
		before: [MANY_ROWS],
		url: async (server) => {
			const program = join(repository, "bin", "galaxy-proxy.js");
			const words = ["routes", "install-trigger", "--sessions", server.url()];
			execFileSync(process.execPath, [program, ...words]);
			return server.url();
		},
	});
	const { status, put, map, open, share } = site;
	assert.equal(await status("k"), 200);
	await put("new");
	const tunnel = await open("new");
	await map.remove("new");
	await tunnel.closed;
	await share("thief");
	await untilStatus(site, "thief", 200);
	assert.equal(await status("k"), 502);
	await map.remove("thief");
	assert.equal(await status("k"), 502);
	await put("k");
	assert.equal(await status("k"), 200);
});
