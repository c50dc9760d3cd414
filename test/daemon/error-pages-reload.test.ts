import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { askForPage } from "../proxy/page-asked.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";

test("SIGHUP rereads the admin's pages, and keeps the old ones if they are broken", async (t) => {
	const folder = scratchFolder(t);
	const page = join(folder, "no-session.html");
	writeFileSync(page, "one");
	const daemon = await startDaemon(t, { args: ["--error-pages", folder] });
	const shown = async () => (await askForPage(t, daemon.port)).text;
	const reloaded = async (times: number) => {
		daemon.child.kill("SIGHUP");
		await daemon.logged(
			() =>
				daemon.lines.filter(({ msg }) => msg === "reloaded").length === times,
		);
	};
	assert.equal(await shown(), "one");

	writeFileSync(page, "two");
	assert.equal(await shown(), "one");
	await reloaded(1);
	assert.equal(await shown(), "two");

	rmSync(page);
	await reloaded(2);
	assert.equal(await shown(), "two");
	const error = daemon.lines.find(({ level }) => level === "error");
	assert.match(String(error?.reason), /--error-pages: .* contains no page/);
});

test("without the admin's pages the daemon shows its own", async (t) => {
	const daemon = await startDaemon(t);
	const { status, text } = await askForPage(t, daemon.port);
	assert.equal(status, 403);
	assert.match(text, /^<!doctype html>/);
});
