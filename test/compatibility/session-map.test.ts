import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ask, connect, request, upgrade, values } from "../support/client.js";
import { OK, startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import {
	type Era,
	startGalaxyMap,
	writeSessionMap,
} from "../support/session-map.js";
import { launchAsGalaxy } from "./as-galaxy.js";

const ERAS: [era: Era, file: string][] = [
	["gxproxy2", "session_map.sqlite"],
	["gxproxy", "session_map.sqlite"],
	["v2", "session_map.json"],
	["v1", "session_map.json"],
];

for (const [era, file] of ERAS)
	test(`${era} in ${file}: the row written last leads to the container`, async (t) => {
		const before = await startAnswering(t);
		const now = await startAnswering(t);
		const map = join(scratchFolder(t), file);
		const galaxy = startGalaxyMap(t, map, era);
		await galaxy.put("abc", before.host, before.port);
		await galaxy.put("abc", now.host, now.port);
		const daemon = await startDaemon(t, { map });
		const { status } = await ask(t, daemon.port, request("GET /"));
		assert.equal(status, 200);
		assert.deepEqual([before.requests.length, now.requests.length], [0, 1]);
		const address = request("GET /").replace("abc", `${now.host}:${now.port}`);
		assert.equal((await ask(t, daemon.port, address)).status, 403);
	});

test("a request sent after Galaxy's commit returned sees that commit", async (t) => {
	const map = join(scratchFolder(t), "session_map.sqlite");
	const galaxy = startGalaxyMap(t, map);
	const first = await startAnswering(t);
	const second = await startAnswering(t, OK.replace("200", "201"));
	const daemon = await startDaemon(t, { map });
	const client = await connect(t, daemon.port);
	for (let round = 0; round < 30; round++) {
		const ask = async () => {
			const text = request("GET /").replace("=abc", `=s${round % 3}`);
			return (await client.send(text).response()).status;
		};
		const key = `s${round % 3}`;
		await galaxy.put(key, first.host, first.port);
		assert.equal(await ask(), 200, "new");
		await galaxy.put(key, second.host, second.port);
		assert.equal(await ask(), 201, "moved");
		await galaxy.remove(key);
		assert.equal(await ask(), 403, "removed");
	}
});

const ROWS: [name: string, host: string | null, port: number | null][] = [
	["a NULL host and a negative port, Galaxy's sentinel", null, -8888],
	["a NULL host", null, 8888],
	["a negative port", "127.0.0.1", -8888],
	["a NULL port", "127.0.0.1", null],
];

for (const [name, host, port] of ROWS)
	test(`${name}: 503 until Galaxy's UPDATE`, async (t) => {
		const container = await startAnswering(t);
		const daemon = await startDaemon(t, { sessions: { abc: { host, port } } });
		for (const text of [request("GET /"), upgrade()]) {
			const { status, headers } = await ask(t, daemon.port, text);
			assert.equal(status, 503);
			assert.deepEqual(values(headers, "Retry-After"), ["2"]);
		}
		const galaxy = startGalaxyMap(t, daemon.map);
		await galaxy.update("abc", container.host, container.port);
		const response = await ask(t, daemon.port, request("GET /"));
		assert.equal(response.status, 200);
	});

async function launchEarly(t: TestContext, name: string) {
	const sessions = join(scratchFolder(t), name);
	const daemon = await launchAsGalaxy(t, { sessions });
	await daemon.logged((line) => line.msg === "session map unreadable");
	return { sessions, port: daemon.port };
}

for (const name of ["map.sqlite", "map.json"])
	test(`a missing ${name}: requests wait for a second, then get 503 and never 403`, async (t) => {
		const { port, sessions } = await launchEarly(t, name);
		const began = performance.now();
		const [plain, socket] = await Promise.all([
			ask(t, port, request("GET /")),
			ask(t, port, upgrade()),
		]);
		assert.ok(performance.now() - began > 900, "both were held");
		for (const { status, headers } of [plain, socket]) {
			assert.equal(status, 503);
			assert.deepEqual(values(headers, "Retry-After"), ["1"]);
		}
		assert.ok(!existsSync(sessions), "the proxy creates no map");
	});

test("a waiting request is served once Galaxy has written the map", async (t) => {
	const container = await startAnswering(t);
	const { port, sessions } = await launchEarly(t, "map.sqlite");
	const client = await connect(t, port);
	client.send(request("GET /"));
	writeSessionMap(sessions, { abc: container });
	const first = await client.response();
	// On a machine so slow that the second was over, it is sent again, as Galaxy's page does.
	const { text } =
		first.status === 503 ? await ask(t, port, request("GET /")) : first;
	assert.equal(text, "ok");
	const unknown = request("GET /").replace("abc", "xyz");
	assert.equal((await ask(t, port, unknown)).status, 403);
});
