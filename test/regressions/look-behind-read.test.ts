import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { readDatabase } from "../../src/config/database.js";
import { toolSession } from "../../src/route.js";
import { PostgresSource } from "../../src/session-map/postgres/postgres-source.js";
import { noPostgres, startPostgres } from "../support/postgres.js";

const TABLE = [
	"CREATE TABLE gxitproxy (key text, key_type text, token text, host text, port int, info text, PRIMARY KEY (key, key_type))",
	"INSERT INTO gxitproxy SELECT 'k' || n, 'interactivetoolentrypoint', 'tok', '10.0.0.1', n, NULL FROM generate_series(1, 2) AS n",
	"GRANT SELECT ON gxitproxy TO galaxy",
];

// The look went on after the read of a request had ended, and its news waited for the next read, up to a second later.
test("a look that began with a request's read tells its news when it ends", {
	skip: noPostgres(),
}, async (t) => {
	const server = await startPostgres(t);
	await server.query(...TABLE);
	const events = new EventEmitter();
	const origin = { source: "environment", name: "URL" } as const;
	const source = new PostgresSource({
		database: readDatabase(server.url(), {}, origin),
		...{ oneOwner: true, allowStandby: false },
		...{ pollingIntervalMs: 1, maxAgeMs: 0 },
		connections: () => [],
		group: undefined,
		lastRouteOf: () => undefined,
		onLookDue: () => events.emit("due"),
		onNews: () => events.emit("news", source.generation),
		onDoubt: () => {},
		onNotice: () => {},
	});
	t.after(() => source.close());
	await once(events, "due");
	const { generation } = await source.read([]);
	await server.query("DELETE FROM gxitproxy WHERE key = 'k2'");
	await once(events, "due");
	const told = once(events, "news");
	const late = once(events, "due").then(() => ["nothing in a second"]);
	await source.read([toolSession("k1", "tok")]);
	assert.deepEqual(await Promise.race([told, late]), [generation + 1]);
});
