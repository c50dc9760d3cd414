import assert from "node:assert/strict";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";

interface Live {
	workers: { pid: number; state: string }[];
}

test("the last known numbers of a worker that hangs are shown, and the others' readiness", async (t) => {
	const container = await startAnswering(t);
	const watched = await startWatched(t, {
		sessions: { abc: container },
		args: ["--workers", "2"],
	});
	const { daemon, metric, askJson } = watched;
	let workers: Live["workers"] = [];
	do ({ workers } = await askJson<Live>("/live"));
	while (workers.map(({ state }) => state).join() !== "serving,serving");
	for (let count = 0; count < 10; count++)
		await ask(t, daemon, request("GET /"));
	const total = 'galaxy_proxy_requests_total{class="2xx",termination="--"}';
	assert.equal(await metric(total), 10);

	const [{ pid = 0 } = {}] = workers;
	process.kill(pid, "SIGSTOP");
	try {
		assert.equal(await metric(total), 10);
		assert.equal((await watched.ask("/routes")).status, 200);
		assert.equal((await watched.ask("/readyz")).text, "ready\n");
	} finally {
		process.kill(pid, "SIGCONT");
	}
});
