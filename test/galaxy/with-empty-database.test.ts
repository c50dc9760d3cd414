import assert from "node:assert/strict";
import { test } from "node:test";
import { isListening, until } from "../e2e/support/until.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { ACTIVE_MS, api, ENDED_MS } from "./support/api.js";
import {
	galaxyAnswers,
	galaxyctl,
	proxyLog,
	proxyLogSize,
	useProxy,
} from "./support/gravity.js";
import { currentLab, person } from "./support/lab.js";
import type { Row } from "./support/map.js";
import { daemons } from "./support/processes.js";
import { ask } from "./support/visit.js";

/** Milliseconds from the commit of the first row until its tool must answer. */
const PROMISED_MS = 1_000;

// The last of all tests: Galaxy has no map afterwards.
test("on an empty database the proxy stays up under gravity, and serves the first tool at once", async (t) => {
	const lab = currentLab();
	const anna = person(lab, "anna");
	const server = await startPostgres(t);
	const from = proxyLogSize(lab);
	await useProxy(lab, { way: "in galaxy_root", database: server.url() });
	const before = daemons(lab).map(({ pid }) => pid);
	await until("the missing table's line", () =>
		/has no table gxitproxy yet/.test(proxyLog(lab, from)),
	);
	// Meanwhile the proxy is on its own for a minute.
	await galaxyctl(lab, "restart", "gunicorn");
	await galaxyAnswers(lab);
	const state = await galaxyctl(lab, "status");
	assert.match(state, /gx-it-proxy\s+RUNNING/, proxyLog(lab, from));
	assert.equal(await isListening(lab.proxyPort), true);
	assert.equal(await rowIn(server), undefined);

	const call = <T>(words: string, body?: object) =>
		api<T>(lab, anna.apiKey, words, body);
	const { id } = await call<{ id: string }>("POST histories", {});
	const { jobs } = await call<{ jobs: { id: string }[] }>("POST tools", {
		tool_id: "lab_domain",
		history_id: id,
	});
	let row: Row | undefined;
	const isWritten = async () => {
		row = await rowIn(server);
		return row !== undefined;
	};
	await until("the first row", isWritten, { patience: ACTIVE_MS });
	assert.ok(row);
	const { key, token, host, port } = row;
	await until("the program to listen", () => isListening(port, host));
	const began = performance.now();
	const url = `http://${key}-${token}.ep.interactivetool.localhost:${lab.frontPort}/`;
	let status = 0;
	const isThere = async (wanted: number) => {
		({ status } = await ask(lab, url));
		return status === wanted;
	};
	await until("the first answer", () => isThere(200), {
		patience: PROMISED_MS,
		soFar: () => `; the last one was ${status}`,
	});
	const took = Math.round(performance.now() - began);
	t.diagnostic(`it answered ${took} ms after its row had been seen`);
	assert.deepEqual(
		daemons(lab).map(({ pid }) => pid),
		before,
	);

	await call(`DELETE jobs/${jobs[0]?.id}`);
	const isGone = async () => (await rowIn(server)) === undefined;
	await until("the row's end", isGone, { patience: ENDED_MS });
	await until("404", () => isThere(404), { patience: PROMISED_MS });
});

/** The map's only row, if there is a map with one. */
async function rowIn(server: Postgres): Promise<Row | undefined> {
	const [found] = await server.query("SELECT to_regclass('gxitproxy') AS name");
	if (found?.name === null) return undefined;
	const [row] = await server.query("SELECT * FROM gxitproxy");
	return row as Row | undefined;
}
