import assert from "node:assert/strict";
import { lookup } from "node:dns/promises";
import { hostname, networkInterfaces } from "node:os";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";

const interfaces = Object.values(networkInterfaces())
	.flatMap((list) => list ?? [])
	.filter(({ address }) => !address.startsWith("fe80"))
	.map(({ address }) => address);
const named = await lookup(hostname(), { all: true }).catch(() => []);
const isOurs = named.some(({ address }) => interfaces.includes(address));

/** Addresses as a row may have them, in the forms that getaddrinfo accepts. */
const HOSTS = [
	...interfaces,
	...(isOurs ? [hostname()] : []),
	"localhost",
	"LOCALHOST",
	"0.0.0.0",
	"127.8.8.8",
	"127.1",
	"2130706433",
	"0x7f.1",
	"::ffff:127.0.0.1",
	"[::ffff:7f00:1]",
	"[0:0:0:0:0:ffff:7f00:1]",
];

test("a row with the proxy's own address, in any spelling and on any interface, is answered 502", async (t) => {
	const args = ["--ip", "0.0.0.0", "--verbose"];
	const daemon = await startDaemon(t, { args });
	const galaxy = startGalaxyMap(t, daemon.map);
	for (const host of HOSTS) {
		await galaxy.put("abc", host, daemon.port);
		const { status } = await ask(t, daemon, request(`GET /${host}`));
		assert.equal(status, 502, host);
		const line = await daemon.logged(({ path }) => path === `/${host}`);
		// The daemon does not listen on IPv6 addresses.
		if (host.includes(":") && !host.includes("ffff:")) continue;
		assert.equal(line.cause, "the target is this proxy itself", host);
	}
});
