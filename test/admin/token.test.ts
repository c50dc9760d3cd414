import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { startWatched } from "../support/admin.js";
import { values } from "../support/client.js";
import { scratchFolder } from "../support/folders.js";

const TOKEN = "c0ffee-and-more";
const basic = (pair: string) =>
	`Authorization: Basic ${Buffer.from(pair).toString("base64")}`;

test("without a token an address that is not loopback is refused, and the line says what to do", async () => {
	for (const address of ["0.0.0.0:0", "[::]:0", "galaxy.example:0"]) {
		const args = ["--sessions", "map.sqlite", "--admin", address];
		const { code, stderr } = await runCli(args);
		assert.equal(code, 2, address);
		assert.match(stderr, /not loopback.*--admin-token-file FILE/);
	}
});

test("a token file that is missing or contains no token is refused", async (t) => {
	const file = join(scratchFolder(t), "token");
	const flags = ["--admin", "0.0.0.0:0", "--admin-token-file", file];
	const args = ["--sessions", "map.sqlite", ...flags];
	const missing = await runCli(args);
	assert.equal(missing.code, 2);
	assert.match(missing.stderr, /^galaxy-proxy: --admin-token-file: ENOENT/);
	for (const text of ["", "\n", "two words", "two\nlines"]) {
		writeFileSync(file, text);
		const { code, stderr } = await runCli(args);
		assert.equal(code, 2, text);
		assert.match(stderr, /must hold one line/);
	}
});

test("on 0.0.0.0 only clients with the token are answered, by Bearer or Basic", async (t) => {
	const file = join(scratchFolder(t), "token");
	writeFileSync(file, `${TOKEN}\n`);
	const args = ["--admin", "0.0.0.0:0", "--admin-token-file", file];
	const { ask } = await startWatched(t, { args });
	const good = [`Authorization: Bearer ${TOKEN}`, basic(`admin:${TOKEN}`)];
	for (const line of good)
		assert.equal((await ask("/routes", line)).status, 200, line);
	const bad = [
		"X-Nothing: here",
		"Authorization: Bearer",
		"Authorization: Bearer wrong",
		`Authorization: Bearer ${TOKEN.slice(0, -1)}`,
		`Authorization: Bearer ${TOKEN}x`,
		`Authorization: Bearer ${TOKEN.toUpperCase()}`,
		`Authorization: ${TOKEN}`,
		basic(`${TOKEN}:`),
		basic(`admin:${TOKEN}x`),
	];
	for (const line of bad)
		for (const path of ["/", "/live", "/metrics", "/routes"]) {
			const answer = await ask(path, line);
			assert.equal(answer.status, 401, `${path} ${line}`);
			assert.match(
				values(answer.headers, "WWW-Authenticate")[0] ?? "",
				/^Basic /,
			);
			assert.ok(!answer.text.includes(TOKEN));
		}
});

test("a token from the environment is required on loopback too, and is never logged", async (t) => {
	const env = { GALAXY_PROXY_ADMIN_TOKEN: TOKEN };
	const { ask, daemon } = await startWatched(t, { env, args: ["--verbose"] });
	assert.equal((await ask("/routes")).status, 401);
	const answer = await ask("/routes", `Authorization: Bearer ${TOKEN}`);
	assert.equal(answer.status, 200);
	assert.ok(!JSON.stringify(daemon.lines).includes(TOKEN));
});
