import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { readDatabase } from "../../src/config/database.js";
import { toolSession } from "../../src/route.js";
import { PostgresSource } from "../../src/session-map/postgres/postgres-source.js";
import { noPostgres, startPostgres } from "../support/postgres.js";

const ROWS = 19_000;
const TABLE = [
	"CREATE TABLE gxitproxy (key text, key_type text, token text, host text, port int, info text, PRIMARY KEY (key, key_type))",
	`INSERT INTO gxitproxy SELECT 'k' || n, 'interactivetoolentrypoint', 'tok', '10.0.' || n / 256 || '.' || n % 256, 8888, NULL FROM generate_series(1, ${ROWS}) AS n`,
	"GRANT SELECT ON gxitproxy TO galaxy",
];

// The server read the whole table for each of the sessions, so that the statement took too long and nobody got a route.
test("many sessions at once are found in a table without an index on addresses, and rechecked", {
	skip: noPostgres(),
}, async (t) => {
	const server = await startPostgres(t);
	await server.query(...TABLE);
	const events = new EventEmitter();
	const source = new PostgresSource({
		database: readDatabase(
			server.url(),
			{},
			{ source: "environment", name: "URL" },
		),
		...{ oneOwner: true, allowStandby: false },
		...{ pollingIntervalMs: 1000, maxAgeMs: 0 },
		connections: () => [],
		group: undefined,
		lastRouteOf: () => undefined,
		onLookDue: () => events.emit("open"),
		onNews: () => {},
		onDoubt: () => {},
		onNotice: () => {},
	});
	t.after(() => source.close());
	await once(events, "open");
	await source.read([]);
	await source.read([]);
	const keys = Array.from({ length: 256 }, (_, n) =>
		toolSession(`k${n * 70 + 1}`, "tok"),
	);
	const { routes } = await source.read(keys);
	const settled = await Promise.all(routes);
	const found = settled.flatMap((route) =>
		route.kind === "target" ? [route.target] : [],
	);
	assert.equal(found.length, keys.length);
	const targets = found.map(
		(target, n) => [keys[n] as string, target] as const,
	);
	assert.deepEqual(await source.differing([...targets, ...targets]), []);
});
