import { test } from "node:test";
import { noPostgres, PEERS_TRIGGER, startSite } from "./site.js";

test("with gx-it-proxy's trigger the tunnel of a removed row ends by its notification alone", {
	skip: noPostgres(),
}, async (t) => {
	const { map, open, put } = await startSite(t, {
		args: ["--pollingInterval", "0"],
		before: PEERS_TRIGGER,
	});
	await put("other");
	const other = await open("other");
	const tunnel = await open("k");
	await map.remove("k");
	await tunnel.closed;
	other.send("still open");
	await map.remove("other");
	await other.closed;
});
