import assert from "node:assert/strict";
import { test } from "node:test";
import { startHttpBackend } from "../support/container.js";
import { freePort } from "../support/free-port.js";
import { noPostgres, startPostgres } from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { Gravity } from "./support/gravity.js";
import { placeFor } from "./support/place.js";
import { packInto } from "./support/tarballs.js";
import { isListening, until } from "./support/until.js";

const skip = noPostgres();

// gx-it-proxy ends there, and supervisor gives it up before the first tool makes the table.
test("under gravity the daemon stays up on an empty database, and serves the first tool at once", {
	skip,
}, async (t) => {
	const place = placeFor(t, "gravity-postgres");
	const server = await startPostgres(t);
	const container = await startHttpBackend(t, (_, response) => {
		response.end("ok");
	});
	const port = await freePort();
	const gravity = new Gravity(place, port);
	gravity.configure(
		`file:${packInto(gravity.folder).galaxyProxy}`,
		server.url(),
	);
	await gravity.ctl("start");
	const processes = () => gravity.processes(`--sessions ${server.url()}`);
	await until("the first start", () => isListening(port), {
		soFar: () => gravity.log,
	});
	await until("the missing table's line", () =>
		/has no table gxitproxy yet/.test(gravity.log),
	);
	// An end within start_timeout would count as a failed start.
	await until("supervisor to call it started", async () =>
		/gx-it-proxy +RUNNING/.test(await gravity.ctl("status")),
	);

	const galaxy = startDatabaseMap(t, server.url());
	await galaxy.put("k1", "t1", "127.0.0.1", container.port);
	const committed = performance.now();
	const url = `http://127.0.0.1:${port}/interactivetool/ep/k1/t1/`;
	const { status } = await fetch(url);
	t.diagnostic(
		`first answer ${Math.round(performance.now() - committed)} ms after the commit`,
	);
	assert.equal(status, 200, gravity.log);
	await gravity.ctl("shutdown");
	await until("all to end", async () => processes().length === 0);
});
