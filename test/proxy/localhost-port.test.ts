import assert from "node:assert/strict";
import { createServer, Server } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { Listeners } from "../../src/proxy/listeners.js";

const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
	list?.some(({ address }) => address === "::1"),
);

// The start failed with EADDRINUSE although the system was to choose the port.
test("localhost with port 0 gets a port that is free at both addresses", {
	skip: !hasIPv6 && "this machine has no ::1",
}, async (t) => {
	const other = createServer();
	t.after(() => other.close());
	const { listen } = Server.prototype;
	let taken = 0;
	t.mock.method(
		Server.prototype,
		"listen",
		function (this: Server, ...args: [{ host?: string; port: number }]) {
			const [{ host, port }] = args;
			if (host === "::1" && taken === 0) {
				taken = port;
				listen.call(other, { host, port });
			}
			return listen.apply(this, args);
		},
	);
	const listeners = new Listeners(assert.fail);
	t.after(() => listeners.close());
	const [first, second] = await listeners.listen("localhost", 0);
	assert.notEqual(taken, 0);
	assert.notEqual(first?.port, taken);
	assert.deepEqual(second, { address: "::1", port: first?.port });
	assert.equal(listeners.at.length, 2);
});
