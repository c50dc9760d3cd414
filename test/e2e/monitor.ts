import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startLegacy } from "../legacy/legacy-proxy.js";
import { SCENARIOS, type Scenario } from "./monitor-scenarios.js";
import { Galaxy } from "./support/galaxy.js";
import { BASE, startJupyter } from "./support/jupyter.js";
import {
	connectionsSeenBy,
	makeOtherHost,
	noNetwork,
	type OtherHost,
} from "./support/network.js";
import { type Place, placeFor } from "./support/place.js";
import { newSession } from "./support/site.js";

/** The port that the images' monitor_traffic.sh observes, and its minimum count. */
const APP_PORT = 8888;
const ENOUGH = 3;

/** TIME_WAIT lasts 60 s; a container's first look comes after 120 s. */
const WARM_UP_S = 60;
const SAMPLED_S = 120;

interface Run {
	scenario: Scenario;
	way: "legacy" | "ours";
	session: string;
	host: OtherHost;
	counts: number[];
}

test("the image's monitor counts as many connections as with the legacy's rules", {
	skip: noNetwork(),
}, async (t) => {
	const place = placeFor(t, "monitor");
	const runs = await launchAll(place);
	const galaxy = await Galaxy.open(place);
	const [first, ...others] = runs
		.filter(({ way }) => way === "ours")
		.map(asRow);
	assert(first);
	await galaxy.launch(first);
	for (const row of others) await galaxy.write(row);
	const targets = new Map(runs.map((run) => [run.session, asRow(run)]));
	const legacy = await startLegacy(t, targets);
	const ports = { ours: galaxy.proxyPort, legacy };

	const over = new AbortController();
	const closed = new AbortController();
	const browsing = runs.map((run) => {
		const { signal } = run.scenario.closes ? closed : over;
		const visit = {
			origin: `http://127.0.0.1:${ports[run.way]}`,
			base: BASE,
			session: run.session,
		};
		return run.scenario.browse(visit, signal);
	});
	try {
		await Promise.race([pause(WARM_UP_S * 1000), Promise.all(browsing)]);
		closed.abort();
		await sample(runs);
	} finally {
		closed.abort();
		over.abort();
	}
	await Promise.all(browsing);
	report(runs);
	judge(runs);
});

/** A Jupyter for each, in its own network, as containers are. */
async function launchAll(place: Place): Promise<Run[]> {
	const runs: Run[] = [];
	for (const scenario of SCENARIOS) {
		for (const way of ["legacy", "ours"] as const) {
			const host = makeOtherHost(place);
			const { address, within } = host;
			await startJupyter(place, { host: address, port: APP_PORT, within });
			runs.push({ scenario, way, session: newSession(), host, counts: [] });
		}
	}
	return runs;
}

function asRow({ session, host }: Run) {
	return { key: session, host: host.address, port: APP_PORT };
}

/** Once a second, all at the same time. */
async function sample(runs: Run[]): Promise<void> {
	const started = performance.now();
	for (let second = 1; second <= SAMPLED_S; second++) {
		await pause(Math.max(0, started + second * 1000 - performance.now()));
		const counted = await Promise.all(
			runs.map(({ host }) => connectionsSeenBy(host, APP_PORT)),
		);
		for (const [index, run] of runs.entries())
			run.counts.push(counted[index] ?? 0);
	}
}

function report(runs: Run[]): void {
	console.log(
		"scenario                     rules   min  median  below 3 at (seconds of the sampling)",
	);
	for (const { scenario, way, counts } of runs) {
		const sorted = counts.toSorted((a, b) => a - b);
		const below = counts.flatMap((count, index) =>
			count < ENOUGH ? [index + 1] : [],
		);
		const when =
			below.length === 0
				? "never"
				: `${below.length} samples, first ${below[0]}, last ${below.at(-1)}`;
		const median = sorted[sorted.length >> 1];
		console.log(
			`${scenario.name.padEnd(28)} ${way.padEnd(7)} ${pad(sorted[0])}  ${pad(median)}     ${when}`,
		);
	}
}

function pad(count: number | undefined): string {
	return String(count).padStart(3);
}

function judge(runs: Run[]): void {
	for (const scenario of SCENARIOS) {
		const [legacy, ours] = runs.filter((run) => run.scenario === scenario);
		assert(legacy && ours);
		if (scenario.closes) {
			assert(
				(ours.counts.at(-1) ?? ENOUGH) < ENOUGH,
				`${scenario.name}: the container would never be stopped`,
			);
			continue;
		}
		const worse = ours.counts.filter(
			(count, at) => count < ENOUGH && (legacy.counts[at] ?? 0) >= ENOUGH,
		);
		assert.equal(
			worse.length,
			0,
			`${scenario.name}: below ${ENOUGH} where the legacy is not`,
		);
	}
}
