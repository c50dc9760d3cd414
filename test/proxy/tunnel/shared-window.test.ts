import { test } from "node:test";
import { anonymous, connect } from "../../support/client.js";
import { expectAll, openBetween, sendMoreThanFits } from "./between.js";

/** So small that they are read into the buffer that clients share. */
const PIECE_BYTES = 1_000;

test("bytes that wait for a slow container are not overwritten by another client's", async (t) => {
	const { proxy, reader, writer, ours } = await openBetween(t, "container");
	const sent = await sendMoreThanFits(writer, ours, PIECE_BYTES);
	const other = await connect(t, proxy.port);
	const field = `X-Other: ${"o".repeat(2 * PIECE_BYTES)}`;
	await other.send(anonymous("GET /", field)).response();
	writer.end();
	await expectAll(reader, sent);
});
