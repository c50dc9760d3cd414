import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request, upgrade, values } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";

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
