import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { expectAll, openBetween, sendMoreThanFits } from "./between.js";

const PIECE_BYTES = 4 * 1024;
/** More than the sockets on the way hold. */
const BYTES = 20_000_000;

// What waited in the proxy for a slow reader was thrown away when the other connection had closed for good.
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
