import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startGroup } from "../support/group.js";

const DELAY = ["--drain-delay", "6"];
const delays = ({ msg = "" }) => msg.includes("--drain-delay");

test("workers that get the supervisor's signal too go on accepting for --drain-delay", async (t) => {
	const abc = await startAnswering(t);
	const options = { workers: 1, sessions: { abc }, args: DELAY };
	const group = await startGroup(t, options);
	const began = performance.now();
	process.kill(group.pidOf(1), "SIGTERM");
	await group.daemon.logged(delays);
	const ended = group.daemon.stop();
	await group.daemon.logged(({ msg = "" }) =>
		msg.includes("the workers finish"),
	);
	while (performance.now() - began < 2_000)
		assert.equal((await ask(t, group.port, request("GET /"))).status, 200);
	assert.equal(await ended, 0);
});

test("the end of the supervisor ends the delay of its workers", async (t) => {
	const group = await startGroup(t, {
		workers: 1,
		args: ["--drain-delay", "3600"],
	});
	const worker = group.pidOf(1);
	process.kill(worker, "SIGTERM");
	await group.daemon.logged(delays);
	await group.daemon.stop("SIGKILL");
	await group.daemon.logged(
		({ msg, pid }) => msg === "stopped" && pid === worker,
	);
});
