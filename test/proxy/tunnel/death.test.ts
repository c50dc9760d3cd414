import assert from "node:assert/strict";
import { test } from "node:test";
import type { Wire } from "../../support/wire.js";
import { openTunnel } from "./open-tunnel.js";

for (const [dead, termination] of [
	["client", "CT"],
	["container", "ST"],
] as const)
	for (const busy of [false, true])
		test(`the ${dead}'s death ends ${busy ? "a busy" : "an idle"} tunnel at once`, async (t) => {
			const { proxy, ...ends } = await openTunnel(t);
			const dying: Wire = ends[dead];
			const other: Wire = dead === "client" ? ends.container : ends.client;
			if (busy) {
				other.send("x".repeat(100_000));
				await dying.untilBytes(100_000);
				other.send("x".repeat(100_000));
			}
			dying.reset();
			await other.closed;
			const record = await proxy.exchange(0);
			assert.equal(record.termination, termination);
			assert.equal(record.status, 101);
		});
