import { test } from "node:test";
import { until } from "../e2e/support/until.js";
import { makeAuthority } from "../support/certificates.js";
import { noPgbouncer, startPgbouncer } from "../support/pgbouncer.js";
import { noPostgres, startPostgres } from "../support/postgres.js";
import { examine } from "./examined.js";
import { expectFinding, startMap } from "./examined-database.js";

const skip = noPostgres();

for (const pool_mode of ["transaction", "session"] as const)
	test(`behind pgbouncer in ${pool_mode} mode the proxy looks every second`, {
		skip: skip || noPgbouncer(),
	}, async (t) => {
		const server = await startMap(t);
		for (const conf of [
			[],
			["ignore_startup_parameters = statement_timeout"],
		]) {
			const { url } = await startPgbouncer(t, server, { pool_mode, conf });
			const examined = await examine(["--sessions", url(), "--port", "1"]);
			expectFinding(examined, {
				name: "map trigger",
				verdict: "doubtful",
				what: /a pooler such as pgbouncer answers .* looks every 1 s/,
				remedy: /connect to the server itself/,
			});
			expectFinding(examined, {
				name: "rows",
				verdict: "good",
				what: /^1 row,/,
				remedy: /^$/,
			});
		}
	});

test("a standby is wrong unless it is allowed, and then its lag is told", {
	skip,
}, async (t) => {
	const primary = await startMap(t);
	const standby = await startPostgres(t, { standbyOf: primary });
	const count = "SELECT FROM pg_class WHERE relname = 'gxitproxy'";
	await until("the table on the standby", async () => {
		const rows = await standby.query(count);
		return rows.length > 0;
	});
	const args = ["--sessions", standby.url(), "--port", "1"];
	expectFinding(await examine(args), {
		name: "map server",
		verdict: "wrong",
		what: /is a standby/,
		remedy: /target_session_attrs=primary.*--map-allow-standby/,
	});
	const allowed = () => examine([...args, "--map-allow-standby"]);
	let examined = await allowed();
	// What it has just received is not replayed yet.
	await until("a standby that has replayed everything", async () => {
		if (/ 0\.0 s behind/.test(examined.stdout)) return true;
		examined = await allowed();
		return false;
	});
	expectFinding(examined, {
		name: "map server",
		verdict: "good",
		what: /a standby, as --map-allow-standby permits, 0\.0 s behind/,
		remedy: /^$/,
	});
});

test("TLS is named with its version", { skip }, async (t) => {
	const authority = makeAuthority(t);
	const tls = authority.issue("127.0.0.1");
	const server = await startMap(t, { tls });
	const url = server.url({
		sslmode: "verify-full",
		sslrootcert: authority.certificate,
	});
	expectFinding(await examine(["--sessions", url, "--port", "1"]), {
		name: "map",
		verdict: "good",
		what: /with TLSv1\.3/,
		remedy: /^$/,
	});
});
