import { test } from "node:test";
import { openThrough, switchProtocols } from "../proxy/tunnel/open-tunnel.js";
import { startBackend } from "../support/container.js";
import { startGroup } from "../support/group.js";

test("with the longest --tunnel-drain a rolling restart leaves tunnels open: no timer fires at once", async (t) => {
	const container = await startBackend(t, switchProtocols, { halfOpen: true });
	const args = ["--tunnel-drain", "2147483"];
	const sessions = { abc: container };
	const group = await startGroup(t, { workers: 1, sessions, args });
	const tunnel = await openThrough(t, group.port);
	await group.roll();
	await group.roll();
	const [first] = container.connections;
	first?.send("still here");
	await tunnel.until("still here");
	tunnel.destroy();
});
