import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { startWatched } from "../support/admin.js";
import { ask, request } from "../support/client.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";
import { WORKERS } from "../support/workers.js";

const EACH_LOGS = WORKERS > 0 && "each worker logs it once";

interface Live {
	map: { refused_rows: { ended: number; contested: number } };
}

const METRIC = "galaxy_proxy_session_map_refused_rows";

test("metrics and the status page count rows that have ended", async (t) => {
	const host = "docker";
	const watched = await startWatched(t, {
		sessions: {
			a: { host, port: 1, ids: ["a"] },
			b: { host, port: 1, ids: ["b"] },
			c: { host, port: 1, ids: ["c"] },
			d: { host, port: 2, ids: ["d"] },
		},
	});
	assert.equal(await watched.metric(`${METRIC}{reason="ended"}`), 2);
	assert.equal(await watched.metric(`${METRIC}{reason="contested"}`), 0);
	const { map } = await watched.askJson<Live>("/live");
	assert.deepEqual(map.refused_rows, { ended: 2, contested: 0 });
});

test("metrics and the status page count rows that are contested", async (t) => {
	const galaxy = startGalaxyMap(t, "map.json");
	await galaxy.put("a", "docker", 1, ["a"]);
	await galaxy.put("b", "docker", 1, ["b"]);
	const watched = await startWatched(t, { map: galaxy.path });
	assert.equal(await watched.metric(`${METRIC}{reason="ended"}`), 0);
	assert.equal(await watched.metric(`${METRIC}{reason="contested"}`), 2);
	const live = await watched.askJson<Live>("/live");
	assert.deepEqual(live.map.refused_rows, { ended: 0, contested: 2 });
});

const BRIDGE = "172.17.0.1";
const ELSEWHERE = "docker";
const KEYS = ["abc", "secret-key-b", "secret-key-c"] as const;
const [A, B, C] = KEYS;

function namesFlag({ msg = "" }: { msg?: string }): boolean {
	return msg.includes("--same-address any");
}

function tellsContested({ msg = "" }: { msg?: string }): boolean {
	return msg.includes("unknown which was written last");
}

/** Asks for a session that is refused; its line is behind all that the map's last reading had to say. */
async function askRefused(t: TestContext, daemon: Daemon): Promise<void> {
	const before = refusals(daemon);
	assert.equal((await ask(t, daemon, request("GET /"))).status, 502);
	await daemon.logged(() => refusals(daemon) > before);
}

function refusals({ lines }: Daemon): number {
	return lines.filter(({ msg }) => msg === "exchange").length;
}

test("rows in conflict only at Docker's default bridge: one line names the flag", {
	skip: EACH_LOGS,
}, async (t) => {
	const galaxy = startGalaxyMap(t);
	await galaxy.put(A, BRIDGE, 32768, ["a"]);
	const daemon = await startDaemon(t, {
		map: galaxy.path,
		args: ["--verbose"],
	});
	assert.equal(daemon.lines.filter(namesFlag).length, 0);
	await galaxy.put(B, BRIDGE, 32768, ["b"]);
	await daemon.logged(namesFlag);
	await galaxy.put(C, BRIDGE, 32768, ["c"]);
	await askRefused(t, daemon);
	assert.equal(daemon.lines.filter(namesFlag).length, 1);
});

test("rows in conflict elsewhere too: the flag is not named", async (t) => {
	const galaxy = startGalaxyMap(t);
	await galaxy.put(A, BRIDGE, 32768, ["a"]);
	await galaxy.put(B, BRIDGE, 32768, ["b"]);
	await galaxy.put(C, ELSEWHERE, 32768, ["c"]);
	await galaxy.put("other", ELSEWHERE, 32768, ["d"]);
	const daemon = await startDaemon(t, {
		map: galaxy.path,
		args: ["--verbose"],
	});
	await askRefused(t, daemon);
	assert.equal(daemon.lines.filter(namesFlag).length, 0);
});

test("contested rows are logged once, by labels", {
	skip: EACH_LOGS,
}, async (t) => {
	const galaxy = startGalaxyMap(t, "map.json");
	await galaxy.put(A, ELSEWHERE, 32768, ["a"]);
	await galaxy.put(B, ELSEWHERE, 32768, ["b"]);
	const daemon = await startDaemon(t, {
		map: galaxy.path,
		args: ["--verbose"],
	});
	const line = await daemon.logged(tellsContested);
	assert.deepEqual(line.sessions, [A, B].map(sessionLabel));
	assert.match(String(line.msg), /galaxy-proxy routes remove/);
	// Another change of the map, and a request of a contested session, say nothing new of them.
	await galaxy.put(C, ELSEWHERE, 32769, ["c"]);
	await askRefused(t, daemon);
	assert.equal(daemon.lines.filter(tellsContested).length, 1);
	for (const key of [B, C])
		assert.ok(!JSON.stringify(daemon.lines).includes(key));
});

test("with --same-address any nothing is logged", async (t) => {
	const galaxy = startGalaxyMap(t, "map.json");
	await galaxy.put(A, BRIDGE, 1, ["a"]);
	await galaxy.put(B, BRIDGE, 1, ["b"]);
	const args = ["--same-address", "any"];
	const daemon = await startDaemon(t, { map: galaxy.path, args });
	await daemon.stop();
	assert.equal(daemon.lines.filter(tellsContested).length, 0);
	assert.equal(daemon.lines.filter(namesFlag).length, 0);
});
