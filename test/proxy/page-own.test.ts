import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { values } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { startProxy } from "../support/proxy.js";
import { askForPage, titleOf } from "./page-asked.js";

/** A folder with these files, which goes with the test. */
function folderWith(t: TestContext, files: Record<string, string>): string {
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-pages-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	for (const [name, text] of Object.entries(files))
		writeFileSync(join(folder, name), text);
	return folder;
}

test("the admin's page is sent unchanged, without a policy, and the status stays", async (t) => {
	const own = "<!doctype html><title>Ours</title>Grüße <script>a()</script>";
	const errorPages = folderWith(t, { "no-session.html": own });
	const proxy = await startProxy(t, {}, { errorPages });
	const { status, text, headers } = await askForPage(t, proxy.port);
	assert.deepEqual([status, text], [403, own]);
	assert.deepEqual(values(headers, "Content-Security-Policy"), []);
	assert.deepEqual(values(headers, "Cache-Control"), ["no-store"]);
	assert.deepEqual(values(headers, "Content-Type"), [
		"text/html; charset=utf-8",
	]);
});

for (const [files, language, shown] of [
	[["no-session.html", "no-session.de.html"], "de", "no-session.de.html"],
	[["no-session.html", "no-session.de.html"], "en", "no-session.html"],
	[["no-session.html"], "de", "no-session.html"],
	[["no-session.html", "no-session.fr.html"], "fr", "no-session.fr.html"],
	[["no-session.html", "no-session.fr.html"], "es", "no-session.html"],
	[["no-session.es.html"], "es", "no-session.es.html"],
	[["no-session.de.html"], "en", null],
	[["starting.html"], "en", null],
] as const)
	test(`of ${files.join(" and ")} a browser in ${language} gets ${shown ?? "none"}`, async (t) => {
		const texts = Object.fromEntries(files.map((file) => [file, file]));
		const errorPages = folderWith(t, texts);
		const proxy = await startProxy(t, {}, { errorPages });
		const accepted = `Accept-Language: ${language}`;
		const page = await askForPage(t, proxy.port, accepted);
		if (shown === null) assert.match(titleOf(page), /^No environment/);
		else assert.equal(page.text, shown);
	});

test("{{since}} becomes the time of the last answer", async (t) => {
	const own = "since {{since}}, {{since}}";
	const errorPages = folderWith(t, { "not-reachable.html": own });
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.send("HTTP/1.1 204 No Content\r\n\r\n");
	});
	const proxy = await startProxy(t, { abc: container }, { errorPages });
	await askForPage(t, proxy.port);
	await proxy.exchange(0);
	await container.kill();
	const { text } = await askForPage(t, proxy.port);
	assert.match(text, /^since (\d{4}-\d\d-\d\dT[\d:.]+Z), \1$/);
});
