import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { until } from "../e2e/support/until.js";
import { makeAuthority } from "../support/certificates.js";
import { repository } from "../support/folders.js";
import { noPgbouncer, startPgbouncer } from "../support/pgbouncer.js";
import {
	noPostgres,
	type PostgresOptions,
	startPostgres,
} from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { type Diagnosis, type Examined, examine } from "./examined.js";

const skip = noPostgres();
const PASSWORD = "pa55w0rd";

async function startMap(t: TestContext, options: PostgresOptions = {}) {
	const server = await startPostgres(t, options);
	const map = startDatabaseMap(t, server.url());
	await map.put("k1", "t1", "127.0.0.1", 1025);
	return server;
}

function expectFinding(
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
	expectFinding(await examine([...args, "--map-allow-standby"]), {
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

const WITH_ENVIRONMENT = /GALAXY_PROXY_SESSIONS .* in gx_it_proxy\.environment/;

test("a password in doctor's own arguments is doubtful, one in the environment is good, and neither is shown", {
	skip,
}, async (t) => {
	const server = await startMap(t, { password: PASSWORD });
	const inArguments = await examine(["--sessions", server.url()]);
	expectFinding(inArguments, {
		name: "map password",
		verdict: "doubtful",
		what: /process list showed it/,
		remedy: /GALAXY_PROXY_SESSIONS.*PGPASSFILE.*gx_it_proxy/s,
	});
	const inEnvironment = await examine([], {
		env: { GALAXY_PROXY_SESSIONS: server.url() },
	});
	expectFinding(inEnvironment, {
		name: "map password",
		verdict: "good",
		what: /does not show/,
		remedy: /^$/,
	});
	for (const { stdout } of [inArguments, inEnvironment])
		assert.doesNotMatch(stdout, new RegExp(PASSWORD));
});

test("a parent of the proxy that has the URL in its arguments is named, as with gravity", {
	skip: skip || (process.platform !== "linux" && "parents are in /proc"),
}, async (t) => {
	const server = await startMap(t, { password: PASSWORD });
	const port = await startUnderShell(t, server.url());
	const examined = await examine(["--port", String(port)], {
		env: { GALAXY_PROXY_SESSIONS: server.url() },
	});
	expectFinding(examined, {
		name: "map password",
		verdict: "doubtful",
		what: /in the arguments of process \d+/,
		remedy: WITH_ENVIRONMENT,
	});
	assert.doesNotMatch(examined.stdout, new RegExp(PASSWORD));
});

/** Starts a proxy whose parent is a shell with the URL in its arguments. Resolves with the proxy's port. */
async function startUnderShell(t: TestContext, url: string): Promise<number> {
	const main = join(repository, "lib", "main.js");
	const start = `"$1" "$2" --ip 127.0.0.1 --port 0 & echo "pid $!"; wait`;
	const words = ["-c", start, "sh", process.execPath, main, url];
	const env = { PATH: process.env.PATH, GALAXY_PROXY_SESSIONS: url };
	const shell = spawn("sh", words, { env });
	t.after(() => shell.kill());
	for await (const line of createInterface({ input: shell.stdout })) {
		const [, pid] = /^pid (\d+)$/.exec(line) ?? [];
		if (pid !== undefined) t.after(() => process.kill(Number(pid)));
		const { msg, port } = line.startsWith("{") ? JSON.parse(line) : {};
		if (msg === "listening") return Number(port);
	}
	throw new Error("the proxy does not listen");
}
