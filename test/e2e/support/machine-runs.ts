import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Load, LoadResult } from "../../support/steady-load.js";
import { CASES, type Case } from "./machine-cases.js";
import {
	get,
	KEYS,
	postsAt,
	RATE,
	type Site,
	startSiteLoad,
} from "./machine-site.js";
import { until } from "./until.js";

/** What stands in front of a site's machines. */
export interface Balancer {
	readonly port: number;
	/** Whether it sends POSTs to a daemon until that closes its port: those in the port's queue at that moment are lost. */
	readonly sendsToTheEnd?: true;
	/** Waits until it sends requests to both machines. */
	usesBoth(load: Load): Promise<void>;
}

/** Each case under a load of its own, one after the other. E2E_MACHINES_CASE names one of them. */
export async function runCases(
	t: TestContext,
	site: Site,
	balancer: Balancer,
): Promise<void> {
	const { E2E_MACHINES_CASE: only = "" } = process.env;
	for (const each of CASES.filter(({ what }) => what.includes(only)))
		await t.test(each.what, (t) => runCase(t, each, site, balancer));
}

async function runCase(
	t: TestContext,
	each: Case,
	site: Site,
	balancer: Balancer,
): Promise<void> {
	const ask = (key: string) => get(site, balancer.port, key);
	for (const key of KEYS) assert.equal(await ask(key), "200 7", key);
	// A POST of an earlier case may arrive late.
	const firstNumber = (CASES.indexOf(each) + 1) * 1_000_000;
	const { port } = balancer;
	const load = await startSiteLoad(t, site, { port, firstNumber });
	async function isWhole(): Promise<void> {
		for (const machine of site.both)
			await until("the daemon to be ready", async () => {
				return (await machine.readiness()) === 200;
			});
		await balancer.usesBoth(load);
		await load.until(RATE / 2);
	}
	await load.until(RATE / 2);
	await each.run({ site, load, ask, isWhole });
	const result = await load.stop();
	const posts = (await postsAt(site)).filter(
		(number) => number >= firstNumber && number < firstNumber + 1_000_000,
	);
	t.diagnostic(told(result, posts));
	const { sendsToTheEnd } = balancer;
	check(each, result, sendsToTheEnd && each.closesPorts ? 2 : 0);
	assert.equal(new Set(posts).size, posts.length, "no POST comes twice");
}

/** most: POSTs that may be lost where the case itself loses none. */
function check(
	{ losesPosts, cutsTunnels }: Case,
	result: LoadResult,
	most: number,
): void {
	const { losses, lost, wrong, answered, sent, tunnels } = result;
	assert.deepEqual(
		losses.filter(({ kind }) =>
			kind === "tunnel"
				? !cutsTunnels
				: !((losesPosts || most > 0) && kind.startsWith("post")),
		),
		[],
	);
	assert.equal(wrong, 0);
	assert.equal(answered + lost, sent);
	if (!losesPosts) assert.ok(lost <= most, `${lost} lost`);
	if (!cutsTunnels) assert.equal(tunnels.cut, 0);
}

/** The counts, and each kind of loss with its number. */
function told(result: LoadResult, posts: readonly number[]): string {
	const { losses, latency, ...counts } = result;
	const reached = new Set(posts);
	const kinds: Record<string, number> = {};
	for (const { kind, number, reason } of losses) {
		const [first = ""] = reason.split("\r\n");
		const place = reached.has(Number(number)) ? "" : " not";
		const where = kind.startsWith("post") ? `, had${place} reached` : "";
		const words = `${kind}: ${first}${where}`;
		kinds[words] = (kinds[words] ?? 0) + 1;
	}
	return JSON.stringify({ ...counts, latency, kinds });
}
