import assert from "node:assert/strict";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { limitDescriptors, takeDescriptors } from "../support/descriptors.js";
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

test("a worker without descriptors still tells its numbers", {
	skip,
}, async (t) => {
	const args = ["--workers", "1"];
	const { daemon, metric } = await startWatched(t, { args });
	const { workerPid } = await daemon.logged(
		({ msg }) => msg === "worker ready",
	);
	limitDescriptors(Number(workerPid), 3);
	const memory = 'process_resident_memory_bytes{worker="1"}';
	for (let times = 0; times < 3; times++)
		assert.ok((await metric(memory)) > 1e7);
	assert.equal(await metric("galaxy_proxy_worker_deaths_total"), 0);
	limitDescriptors(Number(workerPid), 0);
});
