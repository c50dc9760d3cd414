import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { startGalaxyMap } from "../support/session-map.js";
import { endSetup, numbersTo, startSetup } from "./setup.js";
import { report } from "./withstand.js";

const PAGE = 4096;

/** Enough rows for many pages, all at C. */
const FILL = `${numbersTo(2000)} INSERT INTO gxproxy2 (key, host, port) SELECT 'filler' || i, '127.0.0.1', `;

// An index page of one version with table pages of another maps one session's key to another session's row.
test("a map overwritten in place, page by page: no session is sent to another one's container", async (t) => {
	const setup = await startSetup(t, {
		before: (galaxy) => galaxy.sql(`${FILL} 1 FROM n`),
	});
	const { a, b, c, client, path } = setup;
	const { port } = c;
	await setup.galaxy.sql(`UPDATE gxproxy2 SET port = ${port} WHERE port = 1`);
	const other = startGalaxyMap(t, `${path}-2.sqlite`);
	// The same sessions with the same targets, after the other rows, so that each has another row number.
	await other.put("first", c.host, c.port);
	await other.sql(`${FILL} ${port} FROM n`);
	await other.put("leaves", a.host, a.port);
	await other.put("moves", b.host, b.port);
	await other.put("abc", a.host, a.port);
	const [old, now] = [readFileSync(path), readFileSync(other.path)];
	assert.ok(old.length > 20 * PAGE && now.length > 20 * PAGE);

	// While pages are missing, sessions may not be found.
	client.expect("abc", "A", "403");
	client.expect("moves", "B", "403");
	client.expect("leaves", "A", "403");
	client.expect("comes", "403", "503");
	const fd = openSync(path, "r+");
	for (let at = 0; at < now.length; at += PAGE) {
		writeSync(fd, now, at, Math.min(PAGE, now.length - at), at);
		await Promise.all([client.answers("abc"), client.answers("moves")]);
		await turn();
	}
	closeSync(fd);
	for (const [session, answer] of [
		["abc", "A"],
		["moves", "B"],
		["leaves", "A"],
	] as const) {
		client.expect(session, answer);
		await client.until(session, answer);
		await client.answers(session, 5);
	}
	const name = "SQLite map overwritten page by page";
	report(t, setup, name, `${client.tally()} | 0`);
	await endSetup(setup, setup.states());
});
