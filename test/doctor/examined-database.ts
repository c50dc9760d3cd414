import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { type PostgresOptions, startPostgres } from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import type { Diagnosis, Examined } from "./examined.js";

/** A server with a row. */
export async function startMap(t: TestContext, options: PostgresOptions = {}) {
	const server = await startPostgres(t, options);
	const map = startDatabaseMap(t, server.url());
	await map.put("k1", "t1", "127.0.0.1", 1025);
	return server;
}

export function expectFinding(
	{ findings, stdout }: Examined,
	{
		name,
		verdict,
		what,
		remedy,
	}: Omit<Diagnosis, "verdict"> & {
		verdict: string;
	},
): void {
	assert.ok(
		findings.some(
			(each) =>
				each.name === name &&
				each.verdict === verdict &&
				what.test(each.what) &&
				remedy.test(each.remedy),
		),
		stdout,
	);
}
