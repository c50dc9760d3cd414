import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { connect, type RawClient, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { writeSessionMap } from "../support/session-map.js";

const skip = process.platform !== "linux" && "prlimit is Linux's";

/** Sets the soft limit of a running process. */
function limitDescriptors(pid: number, soft: number): void {
	const program = `
import resource, sys
pid, soft = int(sys.argv[1]), int(sys.argv[2])
_, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft if soft else hard, hard))`;
	execFileSync("python3", ["-c", program, String(pid), String(soft)]);
}

async function statusOf(client: RawClient, key: string): Promise<number> {
	const cookie = `Cookie: galaxysession=${key}`;
	const text = request("GET /").replace(/Cookie: .*/, cookie);
	return (await client.send(text).response()).status;
}

test("when descriptors run out while it serves, who is there is served on, and everybody once there are some", {
	skip,
}, async (t) => {
	const container = await startAnswering(t);
	const daemon = await startDaemon(t, {
		sessions: { abc: container },
		args: ["--keep-alive", "always"],
	});
	const there = await connect(t, daemon.port);
	assert.equal(await statusOf(there, "abc"), 200);

	const open = readdirSync(`/proc/${daemon.pid}/fd`).length;
	limitDescriptors(daemon.pid, open);
	const late = await Promise.all(
		Array.from({ length: 8 }, () => connect(t, daemon.port)),
	);
	await Promise.any(late.map((client) => client.closed));
	assert.equal(await statusOf(there, "abc"), 200);

	// The map changes meanwhile: it is read with the descriptor that is there.
	writeSessionMap(daemon.map, { new: container });
	assert.equal(await statusOf(there, "abc"), 200);
	assert.equal(await statusOf(there, "new"), 503);
	await daemon.logged(({ msg }) => /open file limit/.test(String(msg)));

	limitDescriptors(daemon.pid, 0);
	const next = await connect(t, daemon.port);
	assert.equal(await statusOf(next, "abc"), 200);
	const another = await connect(t, daemon.port);
	assert.equal(await statusOf(another, "new"), 200);
});
