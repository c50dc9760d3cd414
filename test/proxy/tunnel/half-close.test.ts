import assert from "node:assert/strict";
import { test } from "node:test";
import type { Wire } from "../../support/wire.js";
import { openTunnel } from "./open-tunnel.js";

for (const first of ["client", "container"] as const)
	test(`a FIN of the ${first}'s is passed on, and the other side may go on`, async (t) => {
		const { proxy, ...ends } = await openTunnel(t);
		const ended: Wire = ends[first];
		const other: Wire = first === "client" ? ends.container : ends.client;
		ended.send("last");
		ended.end();
		assert.equal(await other.closed, "end");
		assert.ok(other.received.endsWith("last"));
		assert.equal(ended.ending, undefined);
		other.send("still here");
		await ended.until("still here");
		other.end();
		assert.equal(await ended.closed, "end");
		assert.equal((await proxy.exchange(0)).termination, "--");
	});
