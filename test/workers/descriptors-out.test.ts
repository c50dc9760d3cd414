import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { takeDescriptors } from "../support/descriptors.js";
import { startGroup } from "../support/group.js";

const CLIENTS = 40;
const skip = process.platform !== "linux" && "the limit is read in /proc";

test("a worker without descriptors refuses clients, the others serve, and nothing ends", {
	skip,
}, async (t) => {
	const container = await startAnswering(t);
	const group = await startGroup(t, { sessions: { abc: container } });
	const giveBack = takeDescriptors(group.pidOf(1));

	// It takes and closes whatever the others leave it.
	while ((await countServed()) === 0);
	giveBack();
	assert.equal(await countServed(), CLIENTS);
	const { lines } = group.daemon;
	assert.ok(!lines.some(({ msg }) => /died|hangs/.test(String(msg))));

	/** All at once, so that each worker gets some. */
	async function countServed(): Promise<number> {
		const asked = Array.from({ length: CLIENTS }, async () => {
			const client = await connect(t, group.port);
			client.send(request("GET /"));
			const { status } = await client.response();
			client.destroy();
			return status === 200;
		});
		const outcomes = await Promise.allSettled(asked);
		return outcomes.filter((each) => each.status === "fulfilled" && each.value)
			.length;
	}
});
