import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { readDatabase } from "../../../src/config/database.js";
import { connectOnce } from "../../../src/session-map/postgres/connect.js";
import { makeAuthority } from "../../support/certificates.js";
import { noPostgres, startPostgres } from "../../support/postgres.js";

const ORIGIN = { source: "flag", name: "--sessions" } as const;

function openssl(...words: string[]): void {
	execFileSync("openssl", words, { stdio: "pipe" });
}

test("an encrypted key needs sslpassword, and revoked certificates are refused", {
	skip: noPostgres(),
}, async (t) => {
	const own = makeAuthority(t);
	const [tls, user] = [own.issue("localhost"), own.issue("galaxy")];
	const folder = dirname(own.certificate);
	const file = (name: string) => join(folder, name);
	// The server has another user.
	chmodSync(folder, 0o755);
	writeFileSync(file("index"), "");
	writeFileSync(file("number"), "01\n");
	writeFileSync(
		file("config"),
		`[ca]\ndefault_ca = own\n[own]\ndatabase = ${file("index")}\ncrlnumber = ${file("number")}\ndefault_md = sha256\ndefault_crl_days = 30\n`,
	);
	const authority = [
		...["-config", file("config"), "-keyfile", own.key],
		...["-cert", own.certificate],
	];
	openssl("ca", "-gencrl", ...authority, "-out", file("empty"));
	openssl("ca", "-revoke", tls.certificate, ...authority);
	openssl("ca", "-gencrl", ...authority, "-out", file("revoked"));
	const encrypt = ["-aes256", "-passout", "pass:hunter2", "-out", file("key")];
	openssl("ec", "-in", user.key, ...encrypt);
	chmodSync(file("key"), 0o600);
	const server = await startPostgres(t, {
		tls,
		conf: [`ssl_ca_file = '${own.certificate}'`],
		hba: ["hostssl all all all cert"],
	});
	const connect = async (more: Record<string, string>) => {
		const url = new URL(
			server.url({
				sslmode: "verify-full",
				sslrootcert: own.certificate,
				sslcert: user.certificate,
				sslkey: file("key"),
				...more,
			}),
		);
		url.hostname = "localhost";
		const env = { HOME: "/nowhere", PGCONNECT_TIMEOUT: "10" };
		const database = readDatabase(url.href, env, ORIGIN);
		const client = await connectOnce(database);
		await client.end();
	};
	await connect({ sslpassword: "hunter2" });
	await connect({ sslpassword: "hunter2", sslcrl: file("empty") });
	for (const more of [{}, { sslpassword: "wrong" }])
		await assert.rejects(connect(more), /sslkey cannot be used.*sslpassword/);
	await assert.rejects(
		connect({ sslpassword: "hunter2", sslcrl: file("revoked") }),
		({ message }: Error) =>
			/certificate is refused/.test(message) && !/hunter2/.test(message),
	);
});
