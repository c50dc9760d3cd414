import assert from "node:assert/strict";
import { test } from "node:test";
import { startDaemon } from "../support/daemon.js";
import { noPostgres } from "../support/postgres.js";
import { TOOL_PREFIX } from "../support/tools.js";
import { examine, expectDiagnosis } from "./examined.js";
import { startMap } from "./examined-database.js";

const skip = noPostgres();

test("--probe adds a tool to a map in PostgreSQL, is let through at once, and removes it", {
	skip,
}, async (t) => {
	const server = await startMap(t);
	const url = server.url();
	const flags = ["--mode", "gxit", "--proxyPathPrefix", TOOL_PREFIX];
	const daemon = await startDaemon(t, { map: url, args: flags });
	const args = [...flags, "--sessions", url, "--port", String(daemon.port)];
	const { findings } = await examine([...args, "--probe"]);
	const probe = findings.find(({ name }) => name === "probe");
	assert.equal(probe?.verdict, "good");
	const left = await server.query("SELECT key FROM gxitproxy");
	assert.deepEqual(left, [{ key: "k1" }]);
});

test("a role that may only read cannot probe", { skip }, async (t) => {
	const server = await startMap(t);
	await server.query(
		"CREATE ROLE reader LOGIN",
		"GRANT SELECT ON gxitproxy TO reader",
	);
	const args = ["--mode", "gxit", "--sessions", server.url({}, "reader")];
	expectDiagnosis(await examine([...args, "--port", "1", "--probe"]), {
		name: "probe",
		what: /no test row could be written/,
		remedy: /Galaxy's/,
	});
});
