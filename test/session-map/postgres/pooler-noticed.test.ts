import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { readDatabase } from "../../../src/config/database.js";
import { Connection } from "../../../src/session-map/postgres/connection.js";
import type { Session } from "../../../src/session-map/postgres/session.js";
import { noPgbouncer, startPgbouncer } from "../../support/pgbouncer.js";
import { noPostgres, startPostgres } from "../../support/postgres.js";

const skip = noPostgres() || noPgbouncer();

async function sessionAt(t: TestContext, url: string): Promise<Session> {
	const origin = { source: "environment", name: "URL" } as const;
	const database = readDatabase(url, {}, origin);
	const ignore = (): void => {};
	return new Promise((resolve) => {
		const connection = new Connection(
			database,
			{},
			{
				onOpen: () => resolve(connection.current as Session),
				onLost: ignore,
				onNotification: ignore,
			},
		);
		t.after(() => connection.close());
	});
}

// Such a pgbouncer accepted LISTEN and passed on our own notification, so it was taken for the server: no other one came.
test("a pooler that ignores the limit for statements is not taken for the server", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	const pooler = await startPgbouncer(t, server, {
		conf: ["ignore_startup_parameters = statement_timeout"],
	});
	const pooled = await sessionAt(t, pooler.url());
	assert.deepEqual([pooled.isPooled, pooled.isListening], [true, false]);
	const direct = await sessionAt(t, server.url());
	assert.deepEqual([direct.isPooled, direct.isListening], [false, true]);
});
