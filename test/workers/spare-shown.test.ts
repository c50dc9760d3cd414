import assert from "node:assert/strict";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";

interface Live {
	workers: { pid: number; state: string }[];
	spare: number | null;
}

test("the spare is shown as such, and not among the workers that serve", async (t) => {
	const args = ["--workers", "1"];
	const { askJson, ask, metric } = await startWatched(t, { args });
	const live = () => askJson<Live>("/live");
	let shown = await live();
	assert.equal(shown.spare, null);
	while (shown.spare === null) shown = await live();
	const { spare, workers } = shown;
	assert.deepEqual(
		workers.map(({ state }) => state),
		["serving"],
	);
	assert.notEqual(workers[0]?.pid, spare);
	assert.equal(await metric('galaxy_proxy_workers{state="spare"}'), 1);
	assert.equal(await metric('galaxy_proxy_workers{state="serving"}'), 1);
	assert.equal(await metric('galaxy_proxy_workers{state="starting"}'), 0);
	assert.equal(await metric("galaxy_proxy_worker_deaths_total"), 0);

	// A signal arrives before the answer to a later request, but its process may still be ending.
	process.kill(spare, "SIGSTOP");
	process.kill(workers[0]?.pid ?? 0, "SIGKILL");
	while ((await ask("/readyz")).status === 200);
	process.kill(spare, "SIGCONT");
	while ((await ask("/readyz")).status !== 200);
	const [{ pid = 0 } = {}] = (await live()).workers;
	assert.equal(pid, spare);
	assert.equal(await metric("galaxy_proxy_worker_deaths_total"), 1);
});
