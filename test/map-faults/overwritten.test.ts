import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { startGalaxyMap } from "../support/galaxy-map.js";
import { endScene, startScene } from "./scene.js";

const PAGE = 4096;

/** Rows enough for many pages, all at C; with `first` the rows of sessions that are asked for stand before them. */
const FILL =
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) " +
	"INSERT INTO gxproxy2 (key, host, port) SELECT 'filler' || i, '127.0.0.1', ";

// An index page of one content with table pages of another leads from one session's key to another session's row.
test("a map overwritten in place, page by page: no session is sent to another one's container", async (t) => {
	let port = 0;
	const scene = await startScene(t, {
		async before(galaxy) {
			await galaxy.sql(`${FILL} 1 FROM n`);
		},
	});
	const { a, b, c, client, path } = scene;
	port = c.port;
	await scene.galaxy.sql(`UPDATE gxproxy2 SET port = ${port} WHERE port = 1`);
	const other = startGalaxyMap(t, `${path}-2.sqlite`);
	// The same sessions at the same places, behind the others: each row has another number.
	await other.put("first", c.host, c.port);
	await other.sql(`${FILL} ${port} FROM n`);
	await other.put("leaves", a.host, a.port);
	await other.put("moves", b.host, b.port);
	await other.put("abc", a.host, a.port);
	const [old, now] = [readFileSync(path), readFileSync(other.path)];
	assert.ok(old.length > 20 * PAGE && now.length > 20 * PAGE);

	// While pages are missing, whoever is not found may be gone.
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
	t.diagnostic(
		`| SQLite map overwritten page by page | ${client.tally()} | 0 ms | ${scene.states().slice(1)} |`,
	);
	await endScene(scene, scene.states());
});
