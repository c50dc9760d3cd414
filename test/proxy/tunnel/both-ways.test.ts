import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { openTunnel } from "./open-tunnel.js";

const BYTES = 10_000_000;

function checksum(bytes: Buffer): string {
	return createHash("sha256").update(bytes).digest("hex");
}

test("10 MB each way at the same time arrive as they were sent", async (t) => {
	const { client, container, proxy } = await openTunnel(t);
	const up = randomBytes(BYTES);
	const down = randomBytes(BYTES);
	client.send(up).end();
	container.send(down).end();
	const [atContainer, atClient] = await Promise.all([
		container.takeToEnd(),
		client.takeToEnd(),
	]);
	assert.equal(checksum(atContainer), checksum(up));
	assert.equal(checksum(atClient), checksum(down));
	const record = await proxy.exchange(0);
	assert.deepEqual(
		[record.bytesFromClient, record.bytesToClient, record.termination],
		[BYTES, BYTES, "--"],
	);
});
