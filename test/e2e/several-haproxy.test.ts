import assert from "node:assert/strict";
import { copyFileSync, renameSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { noPostgres } from "../support/postgres.js";
import { writeSessionMap } from "../support/session-map.js";
import { startLoad, startLoadContainer } from "../support/steady-load.js";
import { runCases } from "./support/machine-runs.js";
import { startSite } from "./support/machine-site.js";
import { noNetwork } from "./support/network.js";
import { placeFor } from "./support/place.js";
import {
	endLoad,
	startHaproxy,
	startReplica,
	untilUp,
} from "./support/several.js";

const RATE = 300;
const BOTH = "proxy1 proxy2 / proxy1 proxy2";

/** Two daemons, each with a map of its own that has the same row, behind HAProxy and under load. */
async function startTwo(t: TestContext, name: string) {
	const place = placeFor(t, name);
	const maps = [place.file("a.sqlite"), place.file("b.sqlite")] as const;
	const container = await startLoadContainer(t);
	writeSessionMap(maps[0], { abc: container });
	copyFileSync(maps[0], maps[1]);
	const words = ["--mode", "gie"];
	const a = await startReplica(place, "a", { map: maps[0], words });
	const b = await startReplica(place, "b", { map: maps[1], words });
	const haproxy = await startHaproxy(place, [a, b]);
	await untilUp(haproxy, BOTH);
	const path = "/gie_proxy/load";
	const load = await startLoad(t, { port: haproxy.port, rate: RATE, path });
	const log = (text: string) => t.diagnostic(text);
	return { a, b, maps, container, haproxy, load, log };
}

/** The daemon with this map cannot read it any more; the good one is kept. @returns puts it back */
function spoil(map: string): () => void {
	copyFileSync(map, `${map}.good`);
	writeFileSync(`${map}.bad`, "no database");
	// In one step: an empty file would be a map without rows.
	renameSync(`${map}.bad`, map);
	return () => renameSync(`${map}.good`, map);
}

test("two machines behind the printed HAProxy: no GET is lost, and POSTs only with a killed or vanished daemon", {
	skip: noPostgres() || noNetwork(),
}, async (t) => {
	const site = await startSite(t, "several-machines");
	const words = ["--mode", "gxit"];
	const { place, both, third } = site;
	const haproxy = await startHaproxy(place, both, third, ...words);
	await untilUp(haproxy, BOTH);
	await runCases(t, site, {
		port: haproxy.port,
		usesBoth: () => untilUp(haproxy, BOTH),
	});
});

test("a daemon whose map stays unreadable is left out without a lost request, and comes back", async (t) => {
	const { a, maps, haproxy, load, log } = await startTwo(t, "several-flip");
	const repair = spoil(maps[0]);
	await load.until(RATE);
	a.jump();
	await untilUp(haproxy, "proxy2 / proxy1 proxy2");
	await load.until(RATE);
	repair();
	await untilUp(haproxy, BOTH);
	await load.until(RATE);
	await endLoad(load, log);
});

test("if no daemon can read its map, all serve the last routes that any of them knows", async (t) => {
	const { a, b, maps, container, haproxy, load, log } = await startTwo(
		t,
		"several-none",
	);
	const sessions = [0, 1, 2, 3].flatMap((n) => [`a${n}`, `b${n}`]);
	const rows = sessions.map((session) => [session, container] as const);
	for (const map of maps) writeSessionMap(map, Object.fromEntries(rows));
	const get = async (port: number, session: string) => {
		const headers = { cookie: `galaxysession=${session}` };
		const url = `http://127.0.0.1:${port}/gie_proxy/load?n=7`;
		const answer = await fetch(url, { headers });
		return `${answer.status} ${await answer.text()}`;
	};
	// Each daemon has served sessions that the other one has not.
	for (const session of sessions) {
		const { port } = session.startsWith("a") ? a : b;
		assert.equal(await get(port, session), "200 7");
	}
	const repairs = maps.map(spoil);
	await load.until(RATE);
	for (const replica of [a, b]) replica.jump();
	await untilUp(haproxy, " / proxy1 proxy2");
	await load.until(RATE);
	for (const session of sessions)
		assert.equal(await get(haproxy.port, session), "200 7", session);
	assert.match(await get(haproxy.port, "nobody"), /^503 .*session/s);
	for (const repair of repairs) repair();
	await untilUp(haproxy, BOTH);
	await load.until(RATE);
	await endLoad(load, log);
});
