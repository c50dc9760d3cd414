import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startWatched, type Watched } from "../support/admin.js";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";

interface Live {
	map: { changes: number; changed_at: number };
	workers: { pid: number; generation: number; state: string }[];
}

const ANSWERED = 'galaxy_proxy_requests_total{class="2xx",termination="--"}';

test("no counter falls over two rolling restarts, and no request is forgotten", async (t) => {
	const group = await startGroup(t);
	const read = (await group.live()).map;
	for (const generation of [2, 3]) {
		group.watched.daemon.child.kill("SIGUSR2");
		await group.until(({ workers }) =>
			workers.every((worker) => worker.generation === generation),
		);
	}
	const total = (await group.scrape()).get(ANSWERED);
	assert.equal(total, group.answered());
	const { changes, changed_at } = (await group.live()).map;
	assert.deepEqual([changes, changed_at], [0, read.changed_at]);
});

test("no counter falls when a worker is killed", async (t) => {
	const group = await startGroup(t);
	for (let deaths = 1; deaths <= 2; deaths++) {
		const { workers } = await group.live();
		const pid = workers[0]?.pid ?? 0;
		process.kill(pid, "SIGKILL");
		// Until the supervisor has noticed the death, the killed worker is shown as serving.
		await group.until(
			(live) => isWhole(live) && live.workers.every((each) => each.pid !== pid),
		);
		const counted = await group.scrape();
		assert.equal(counted.get("galaxy_proxy_worker_deaths_total"), deaths);
	}
	// The supervisor keeps what it shows, and no request came between the last look and the kill.
	const total = (await group.scrape()).get(ANSWERED);
	assert.equal(total, group.answered());
});

function isWhole({ workers }: Live): boolean {
	return workers.map(({ state }) => state).join() === "serving,serving";
}

/** Two workers. At each look one more request is sent, and the counters are compared with those before. */
async function startGroup(t: TestContext) {
	const container = await startAnswering(t);
	const watched = await startWatched(t, {
		sessions: { abc: container },
		args: ["--workers", "2"],
	});
	let answered = 0;
	let before = new Map<string, number>();
	async function scrape(): Promise<Map<string, number>> {
		const { status } = await ask(t, watched.daemon, request("GET /"));
		assert.equal(status, 200);
		answered++;
		const counted = await counters(watched);
		for (const [name, value] of before)
			assert.ok((counted.get(name) ?? -1) >= value, name);
		before = counted;
		return counted;
	}
	const live = () => watched.askJson<Live>("/live");
	async function until(isSo: (live: Live) => boolean): Promise<void> {
		do await scrape();
		while (!isSo(await live()));
	}
	await until(isWhole);
	return { watched, scrape, live, until, answered: () => answered };
}

/** Every series that may not fall, by name with labels. */
async function counters({ ask }: Watched): Promise<Map<string, number>> {
	const { text } = await ask("/metrics");
	const found = new Map<string, number>();
	for (const line of text.split("\n")) {
		const [, name, value] = /^([^# ].*) (\S+)$/.exec(line) ?? [];
		if (name !== undefined && /_(total|bucket|sum|count)\b/.test(name))
			found.set(name, Number(value));
	}
	assert.ok(found.size > 60, `${found.size} series`);
	return found;
}
