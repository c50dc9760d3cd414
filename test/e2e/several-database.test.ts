import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
	noPostgres,
	type Postgres,
	startPostgres,
} from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { startLoad, startLoadContainer } from "../support/steady-load.js";
import { pathOf, TOOL_PREFIX } from "../support/tools.js";
import {
	addRoute,
	addRule,
	makeOtherHost,
	noNetwork,
	type OtherHost,
	removeRules,
} from "./support/network.js";
import { placeFor } from "./support/place.js";
import {
	endLoad,
	type HaProxy,
	startHaproxy,
	startReplica,
	untilUp,
} from "./support/several.js";

const RATE = 300;
/** Milliseconds that a request is held for the database. */
const HELD_MS = 1_000;
const BOTH = "proxy1 proxy2 / proxy1 proxy2";
const KEYS = [...Array(8).keys()].map((number) => `key${number}`);

async function get({ port }: HaProxy, key: string, accept = "*/*") {
	const url = `http://127.0.0.1:${port}${pathOf(key, "t")}/?n=7`;
	const answer = await fetch(url, { headers: { accept } });
	return `${answer.status} ${await answer.text()}`;
}

/**
 * Two daemons on a map in PostgreSQL that has KEYS, behind HAProxy, and load on a tool whose requests the first daemon gets.
 * hosts: of the daemons, if they are not on this one.
 */
async function startTwo(t: TestContext, name: string, hosts?: OtherHost[]) {
	const place = placeFor(t, name);
	const here = hosts?.[0]?.here ?? "127.0.0.1";
	const database = await startPostgres(t, { address: here });
	const galaxy = startDatabaseMap(t, database.url());
	const container = await startLoadContainer(t, here);
	for (const key of KEYS)
		await galaxy.put(key, "t", container.host, container.port);
	const map = database.url();
	// All rows lead to one container.
	const words = ["--proxyPathPrefix", TOOL_PREFIX, "--same-address", "any"];
	const [on1, on2] = hosts ?? [];
	const replicas = [
		await startReplica(place, "a", { map, words, ...(on1 && { on: on1 }) }),
		await startReplica(place, "b", { map, words, ...(on2 && { on: on2 }) }),
	];
	const haproxy = await startHaproxy(place, replicas, "--mode", "gxit");
	await untilUp(haproxy, BOTH);
	const ofFirst: string[] = [];
	for (const key of KEYS) {
		const server = await haproxy.serverOf(async () =>
			assert.equal(await get(haproxy, key), "200 7"),
		);
		if (server === "proxy1") ofFirst.push(key);
	}
	const [key = ""] = ofFirst;
	assert.ok(key !== "" && ofFirst.length < KEYS.length, ofFirst.join());
	const path = `${pathOf(key, "t")}/load`;
	const load = await startLoad(t, {
		...{ port: haproxy.port, rate: RATE, path },
		tunnels: 4,
	});
	return { database, galaxy, haproxy, load, container, key };
}

const AWAY = [
	{
		what: "has ended",
		end: (database: Postgres) => database.stop(),
		begin: (database: Postgres) => database.start(),
	},
	{
		what: "says nothing",
		end: async (database: Postgres) => database.pause(),
		begin: async (database: Postgres) => database.resume(),
	},
];

for (const { what, end, begin } of AWAY)
	test(`the database ${what}: last routes through the backups, 503 with a page for others, nothing lost`, {
		skip: noPostgres(),
	}, async (t) => {
		const { database, galaxy, haproxy, load, container } = await startTwo(
			t,
			"several-away",
		);
		await load.until(RATE);
		await galaxy.put("late", "t", container.host, container.port);
		await end(database);
		await untilUp(haproxy, " / proxy1 proxy2");
		await load.until(RATE);
		for (const key of KEYS) assert.equal(await get(haproxy, key), "200 7", key);
		assert.match(await get(haproxy, "late", "text/html"), /^503 .*<html/s);
		await begin(database);
		await untilUp(haproxy, BOTH);
		assert.equal(await get(haproxy, "late"), "200 7");
		await load.until(RATE);
		await endLoad(load, (text) => t.diagnostic(text));
	});

test("the database restarts: requests are held, and nothing is lost", {
	skip: noPostgres(),
}, async (t) => {
	const { database, haproxy, load } = await startTwo(t, "several-db-restart");
	let longest = 0;
	for (let times = 0; times < 3; times++) {
		await load.until(RATE / 2);
		const began = performance.now();
		await database.restart();
		longest = Math.max(longest, performance.now() - began);
	}
	await load.until(RATE);
	// After a longer restart, on a busy machine, daemons are ready again a little later.
	if (longest > HELD_MS) await untilUp(haproxy, BOTH);
	assert.equal(await haproxy.up(), BOTH);
	await endLoad(load, (text) => t.diagnostic(text));
});

test("one daemon is cut off from the database: it serves last routes, then the other one serves, and nothing is lost", {
	skip: noPostgres() || noNetwork(),
}, async (t) => {
	const place = placeFor(t, "several-cut-network");
	const hosts = [makeOtherHost(place), makeOtherHost(place)];
	for (const host of hosts) addRoute(host);
	const { database, galaxy, haproxy, load, key } = await startTwo(
		t,
		"several-cut",
		hosts,
	);
	await load.until(RATE);
	const [first] = hosts as [OtherHost, OtherHost];
	addRule(first, `OUTPUT -p tcp --dport ${database.port} -j DROP`);
	const others = KEYS.filter((each) => each !== key);
	for (const each of others) await galaxy.remove(each);
	await untilUp(haproxy, "proxy2 / proxy1 proxy2");
	// Nothing that was removed while the first one did not notice.
	for (const each of others)
		assert.match(await get(haproxy, each), /^404 /, each);
	await load.until(RATE);
	removeRules(first);
	await untilUp(haproxy, BOTH);
	for (const each of others)
		assert.match(await get(haproxy, each), /^404 /, each);
	await load.until(RATE);
	await endLoad(load, (text) => t.diagnostic(text));
});
