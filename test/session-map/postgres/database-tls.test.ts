import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { readDatabase } from "../../../src/config/database.js";
import { connectOnce } from "../../../src/session-map/postgres/connect.js";
import { makeAuthority } from "../../support/certificates.js";
import { noPostgres, startPostgres } from "../../support/postgres.js";

const skip = noPostgres();
const ENV = { HOME: "/nowhere" };
const ORIGIN = { source: "flag", name: "--sessions" } as const;
const PASSWORD = "hunter2";

/** The version of TLS of a connection by this URL, or "none". */
async function versionOf(url: string, env = ENV): Promise<string> {
	const client = await connectOnce(readDatabase(url, env, ORIGIN));
	const { rows } = await client.query(
		"SELECT coalesce(version, 'none') AS version FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
	);
	await client.end();
	return rows[0].version;
}

/** Tries URLs that differ in host and parameters; a RegExp is the error. */
function checker(port: number) {
	return async (cases: readonly [string, string | RegExp][]) => {
		for (const [place, expected] of cases) {
			const [host, query = ""] = place.split("?");
			const url = `postgresql://galaxy:${PASSWORD}@${host}:${port}/gxitproxy?connect_timeout=10&${query}`;
			if (typeof expected === "string")
				assert.equal(await versionOf(url), expected, place);
			else
				await assert.rejects(versionOf(url), ({ message }: Error) => {
					assert.match(message, expected, place);
					assert.doesNotMatch(message, new RegExp(PASSWORD), place);
					return true;
				});
		}
	};
}

test("a server with a certificate of its own authority is verified as sslmode says", {
	skip,
}, async (t) => {
	const own = makeAuthority(t);
	const other = makeAuthority(t, "Other");
	const tls = own.issue("localhost");
	const { port } = await startPostgres(t, { tls, password: PASSWORD });
	const check = checker(port);
	const root = `sslrootcert=${own.certificate}`;
	const wrong = `sslrootcert=${other.certificate}`;
	await check([
		["localhost", "TLSv1.3"],
		["localhost?sslmode=prefer", "TLSv1.3"],
		["localhost?sslmode=disable", "none"],
		["localhost?sslmode=allow", "none"],
		["localhost?sslmode=require", "TLSv1.3"],
		["localhost?sslmode=require&channel_binding=disable", "TLSv1.3"],
		["localhost?sslmode=require&ssl_max_protocol_version=TLSv1.2", "TLSv1.2"],
		[`localhost?sslmode=verify-full&${root}`, "TLSv1.3"],
		[`localhost?sslmode=verify-full&${root}&hostaddr=127.0.0.1`, "TLSv1.3"],
		[`127.0.0.1?sslmode=verify-ca&${root}`, "TLSv1.3"],
	]);
	// The wrong name.
	await check([
		[`127.0.0.1?sslmode=verify-full&${root}`, /127\.0\.0\.1.*cert/],
		[
			`other.invalid?sslmode=verify-full&${root}&hostaddr=127.0.0.1`,
			/other\.invalid.*cert/,
		],
		[`127.0.0.1?sslmode=require&${root}`, "TLSv1.3"],
	]);
	// The wrong authority: a root certificate that is there is used, whatever sslmode is.
	await check([
		[`localhost?sslmode=verify-full&${wrong}`, /certificate/],
		[`localhost?sslmode=verify-ca&${wrong}`, /certificate/],
		[`localhost?sslmode=require&${wrong}`, /certificate/],
		[`localhost?sslmode=prefer&${wrong}`, "none"],
		["localhost?sslrootcert=system", /certificate/],
	]);
	// A root certificate that is not there.
	await check([
		["localhost?sslmode=require&sslrootcert=/nowhere/root.crt", "TLSv1.3"],
		[
			"localhost?sslmode=verify-ca&sslrootcert=/nowhere/root.crt",
			/\/nowhere\/root\.crt does not exist.*sslrootcert=system/,
		],
		[
			"localhost?sslmode=verify-full",
			/\/nowhere\/\.postgresql\/root\.crt does not exist.*sslrootcert/,
		],
	]);
});

test("a server without TLS is used unless sslmode demands it", {
	skip,
}, async (t) => {
	const own = makeAuthority(t);
	const { port } = await startPostgres(t, { password: PASSWORD });
	const root = `sslrootcert=${own.certificate}`;
	await checker(port)([
		["127.0.0.1", "none"],
		["127.0.0.1?sslmode=allow", "none"],
		["127.0.0.1?sslmode=require", /has no TLS/],
		[`127.0.0.1?sslmode=verify-ca&${root}`, /has no TLS/],
		[`127.0.0.1?sslmode=verify-full&${root}`, /has no TLS/],
	]);
});

test("a server that only admits TLS is reached with sslmode=allow", {
	skip,
}, async (t) => {
	const tls = makeAuthority(t).issue("localhost");
	const hba = ["hostssl all all all trust"];
	const { port } = await startPostgres(t, { tls, hba });
	await checker(port)([["localhost?sslmode=allow", "TLSv1.3"]]);
});

test("a client certificate is sent, and its key must be this user's alone", {
	skip,
}, async (t) => {
	const own = makeAuthority(t);
	// The server has another user.
	chmodSync(dirname(own.certificate), 0o755);
	const { port } = await startPostgres(t, {
		tls: own.issue("localhost"),
		conf: [`ssl_ca_file = '${own.certificate}'`],
		hba: ["hostssl all all all cert"],
	});
	const { certificate, key } = own.issue("galaxy");
	const both = `sslcert=${certificate}&sslkey=${key}`;
	const check = checker(port);
	chmodSync(key, 0o600);
	await check([
		[`localhost?sslmode=require&${both}`, "TLSv1.3"],
		["localhost?sslmode=require", /does not admit/],
		[`localhost?sslmode=require&${both}&sslcertmode=disable`, /does not admit/],
		[
			`localhost?sslmode=require&sslcert=${certificate}`,
			/has no key.*\.postgresql\/postgresql\.key/,
		],
	]);
	chmodSync(key, 0o644);
	await check([[`localhost?sslmode=require&${both}`, /chmod 600/]]);
});
