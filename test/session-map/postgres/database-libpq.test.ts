import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readDatabase } from "../../../src/config/database.js";
import { connectOnce } from "../../../src/session-map/postgres/connect.js";
import { type Certificate, makeAuthority } from "../../support/certificates.js";
import { scratchFolder } from "../../support/folders.js";
import { noPostgres, startPostgres } from "../../support/postgres.js";

const hasPsql = spawnSync("psql", ["--version"]).status === 0;
const skip = noPostgres() || (!hasPsql && "psql is not installed");
const ORIGIN = { source: "flag", name: "--sessions" } as const;
const MODES = [
	...["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
	undefined,
];
const VERSION =
	"SELECT coalesce(version, 'none') AS version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/** A user's folder, with this root certificate. */
function home(t: TestContext, root?: Certificate): string {
	const folder = scratchFolder(t);
	mkdirSync(join(folder, ".postgresql"));
	if (root !== undefined)
		copyFileSync(root.certificate, join(folder, ".postgresql", "root.crt"));
	return folder;
}

/** The version of TLS of a connection, "none" without, or "error". */
async function ours(url: string, HOME: string): Promise<string> {
	try {
		const client = await connectOnce(readDatabase(url, { HOME }, ORIGIN));
		const { rows } = await client.query(VERSION);
		await client.end();
		return rows[0].version;
	} catch {
		return "error";
	}
}

function ofPsql(url: string, HOME: string): string {
	const { PATH } = process.env;
	try {
		const words = [url, "-AXtc", VERSION];
		const env = { HOME, PATH };
		return execFileSync("psql", words, { env, stdio: "pipe" })
			.toString()
			.trim();
	} catch {
		return "error";
	}
}

test("sslmode and root certificates lead to the connections of psql", {
	skip,
}, async (t) => {
	const [own, other] = [makeAuthority(t), makeAuthority(t, "Other")];
	const tls = own.issue("localhost");
	const password = "p w:%/";
	const servers = [
		await startPostgres(t, { password }),
		await startPostgres(t, { password, tls }),
	];
	const homes = [home(t), home(t, own), home(t, other)];
	const seen = new Set<string>();
	for (const server of servers)
		for (const HOME of homes)
			for (const mode of MODES) {
				const sslmode = mode ? { sslmode: mode } : {};
				const url = new URL(server.url({ connect_timeout: "10", ...sslmode }));
				url.hostname = "localhost";
				const expected = ofPsql(url.href, HOME);
				assert.equal(await ours(url.href, HOME), expected, `${HOME} ${mode}`);
				seen.add(expected);
			}
	assert.deepEqual([...seen].sort(), ["TLSv1.3", "error", "none"]);
});
