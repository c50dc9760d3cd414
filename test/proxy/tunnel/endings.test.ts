import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Wire } from "../../support/wire.js";
import { expectAll, openBetween, sendMoreThanFits } from "./between.js";
import { openTunnel } from "./open-tunnel.js";

for (const first of ["client", "container"] as const)
	test(`a FIN of the ${first}'s is passed on, and the other side may continue`, async (t) => {
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

const PIECE_BYTES = 4 * 1024;
/** More than the sockets in between hold. */
const BYTES = 20_000_000;

// Bytes that waited in the proxy for a slow reader were thrown away when the other connection had closed.
for (const slow of ["client", "container"] as const) {
	const fast = slow === "client" ? "container" : "client";

	test(`a ${slow} that reads late gets the last bytes after both FINs`, async (t) => {
		const { proxy, reader, writer, ours } = await openBetween(t, slow);
		reader.end();
		await writer.closed;
		const sent = await sendMoreThanFits(writer, ours, PIECE_BYTES);
		writer.end();
		await new Promise((resolve) => writer.socket.once("close", resolve));
		await expectAll(reader, sent);
		assert.equal((await proxy.exchange(0)).termination, "--");
	});

	test(`a ${slow} that reads late gets the last bytes of a ${fast} that is gone after its FIN`, async (t) => {
		const { proxy, reader, writer, ours, theirs } = await openBetween(t, slow);
		const sent = await sendMoreThanFits(writer, ours, PIECE_BYTES);
		writer.end();
		while (!ours.writableEnded) await setImmediate();
		writer.socket.pause();
		reader.send(Buffer.alloc(BYTES));
		while (!theirs.writableNeedDrain) await setImmediate();
		writer.reset();
		await new Promise((resolve) => theirs.once("close", resolve));
		await expectAll(reader, sent);
		reader.end();
		assert.equal((await proxy.exchange(0)).termination, "--");
	});
}
