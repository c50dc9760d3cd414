import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TestContext, test } from "node:test";
import { openThrough, switchProtocols } from "../proxy/tunnel/open-tunnel.js";
import { startWatched, type Watched } from "../support/admin.js";
import { as, ask, request } from "../support/client.js";
import { STOPPED, startAnswering, startBackend } from "../support/container.js";
import { startGalaxyMap } from "../support/session-map.js";

interface Routes {
	total: number;
	matching: number;
	sessions: Record<string, string | number>[];
}

const KEY = "a-session-key-that-nobody-may-see";
const hashed = (key: string) =>
	createHash("sha256").update(key).digest("hex").slice(0, 8);

test("a session is shown hashed, with its target, state, requests and bytes", async (t) => {
	const container = await startAnswering(t);
	const watched = await startWatched(t, { sessions: { [KEY]: container } });
	const began = Date.now();
	await visit(t, watched, KEY);
	await visit(t, watched, KEY);
	const { text } = await watched.ask("/routes");
	assert.ok(!text.includes(KEY));
	const { total, sessions } = JSON.parse(text) as Routes;
	const [{ last_activity, ...row } = {}] = sessions;
	assert.equal(total, 1);
	assert.deepEqual(row, {
		session: hashed(KEY),
		target: `127.0.0.1:${container.port}`,
		state: "idle",
		requests: 2,
		open_requests: 0,
		open_tunnels: 0,
		bytes_from_client: 0,
		bytes_to_client: 4,
	});
	const age = Date.parse(String(last_activity)) - began;
	assert.ok(age > -1000 && age < 60_000, String(last_activity));
});

test("an open tunnel is counted, with the bytes that it has carried so far", async (t) => {
	const container = await startBackend(t, switchProtocols, { halfOpen: true });
	const watched = await startWatched(t, { sessions: { abc: container } });
	const client = await openThrough(t, watched.daemon.port);
	const other = await container.connection(0);
	client.send("12345");
	await other.until("12345");
	const [row = {}] = (await watched.askJson<Routes>("/routes")).sessions;
	assert.equal(row.state, "open");
	assert.equal(row.open_tunnels, 1);
	assert.equal(row.bytes_from_client, 5);
});

test("strangers are not listed; failing, starting and removed sessions are marked", async (t) => {
	const container = await startAnswering(t);
	const sessions = {
		gone: container,
		dead: STOPPED,
		early: { host: null, port: -8888 },
	};
	const watched = await startWatched(t, { sessions });
	for (const key of ["gone", "dead", "early", "stranger"])
		await visit(t, watched, key);
	const galaxy = startGalaxyMap(t, watched.daemon.map);
	await galaxy.remove("gone");
	await visit(t, watched, "gone");
	const rows = (await watched.askJson<Routes>("/routes")).sessions;
	const states = rows.map(({ session, state }) => [session, state]);
	assert.deepEqual(Object.fromEntries(states), {
		[hashed("gone")]: "gone",
		[hashed("dead")]: "failing",
		[hashed("early")]: "starting",
	});
});

test("a removed row shows without another request of its session", async (t) => {
	const container = await startAnswering(t);
	const watched = await startWatched(t, { sessions: { abc: container } });
	await visit(t, watched, "abc");
	const galaxy = startGalaxyMap(t, watched.daemon.map);
	await galaxy.remove("abc");
	await visit(t, watched, "stranger");
	const state = async () =>
		(await watched.askJson<Routes>("/routes")).sessions[0]?.state;
	while ((await state()) !== "gone");
});

test("rows are sorted, filtered and limited by the query, and a wrong query is 400", async (t) => {
	const container = await startAnswering(t);
	const sessions = { a: container, b: container, c: container };
	const watched = await startWatched(t, { sessions });
	for (const key of ["a", "b", "b", "b", "c", "c"])
		await visit(t, watched, key);
	const keys = async (query: string) => {
		const { sessions } = await watched.askJson<Routes>(`/routes?${query}`);
		return sessions.map(({ session }) => session);
	};
	assert.deepEqual(await keys(""), ["c", "b", "a"].map(hashed));
	const up = await keys("sort=requests&order=asc&limit=2");
	assert.deepEqual(up, ["a", "c"].map(hashed));
	assert.deepEqual(await keys(`filter=${hashed("b")}`), [hashed("b")]);
	assert.deepEqual(await keys("filter=nothing-like-this"), []);
	for (const query of ["limit=0", "limit=x", "limit=1001", "sort=toString"])
		assert.equal((await watched.ask(`/routes?${query}`)).status, 400, query);
});

async function visit(
	t: TestContext,
	{ daemon }: Watched,
	key: string,
): Promise<void> {
	await ask(t, daemon, as(key, request("GET /")));
}
