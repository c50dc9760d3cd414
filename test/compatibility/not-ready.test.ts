import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ask, connect, request, upgrade, values } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import { startGalaxyMap, writeSessionMap } from "../support/session-map.js";
import { launchAsGalaxy } from "./as-galaxy.js";

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
