import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import {
	askTool,
	openTool,
	startToolContainer,
	TOKEN,
} from "../same-address/tools-shared.js";
import { startWatched } from "../support/admin.js";
import { noPostgres, startPostgres } from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { makeOtherHost, noNetwork, type OtherHost } from "./support/network.js";
import { placeFor } from "./support/place.js";
import { until } from "./support/until.js";

function cannotDrop(): string | false {
	const { error } = spawnSync("iptables", ["--version"]);
	return noNetwork() || (error ? "there is no iptables" : false);
}

/** Drops every packet to the host, or no more. */
function setDropping({ within }: OtherHost, isDropping: boolean): void {
	const [command = "", ...words] = within;
	const rule = [isDropping ? "-A" : "-D", "INPUT", "-i", "eth0", "-j", "DROP"];
	execFileSync(command, [...words, "iptables", ...rule]);
}

test("the packets to the database are dropped: last routes, 503 for others, and all is as before once they pass again", {
	skip: noPostgres() || cannotDrop(),
}, async (t) => {
	const place = placeFor(t, "postgres-packets-dropped");
	const host = makeOtherHost(place);
	const { address, within } = host;
	const server = await startPostgres(t, { address, within });
	// Galaxy is on the database's machine.
	const map = startDatabaseMap(t, server.socketUrl());
	const put = async (key: string) => {
		const { host: at, port } = await startToolContainer(t);
		await map.put(key, TOKEN, at, port);
	};
	await put("k");
	const { daemon, ask } = await startWatched(t, { map: server.url() });
	const status = async (key: string) => (await askTool(t, daemon, key)).status;
	assert.equal(await status("k"), 200);
	await put("removed");
	const tunnel = await openTool(t, daemon, "removed");

	setDropping(host, true);
	await map.remove("removed");
	for (let n = 0; n < 3; n++) {
		const statuses = await Promise.all([status("k"), status("other")]);
		assert.deepEqual(statuses, [200, 503]);
	}
	while ((await ask("/readyz")).status === 200);
	tunnel.send("still open");

	setDropping(host, false);
	while ((await status("other")) !== 404);
	await put("other");
	assert.equal(await status("other"), 200);
	assert.equal(await status("removed"), 404);
	await tunnel.closed;
	while ((await ask("/readyz")).status !== 200);
	await until("no backend to be left behind", async () => {
		return (await server.backends()).length <= 2;
	});
});
