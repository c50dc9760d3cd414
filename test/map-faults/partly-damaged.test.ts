import {
	closeSync,
	copyFileSync,
	openSync,
	readFileSync,
	writeSync,
} from "node:fs";
import { test } from "node:test";
import { numbersTo, startSetup } from "./setup.js";
import { finish } from "./withstand.js";

const PAGE = 4096;

/** Enough rows that `moves`, which is written after them, is in another page than `abc`. */
const FILL = `${numbersTo(500)} INSERT INTO gxproxy2 (key, host, port) SELECT 'filler' || i, '127.0.0.1', 1 FROM n`;

// The log alternated between "readable" after a good page and "unreadable" after the bad one.
test("a map with one damaged page is logged once, although other sessions are found in it", async (t) => {
	const setup = await startSetup(t, {
		before: (galaxy) => galaxy.sql(FILL),
	});
	const { b, client, daemon, galaxy, path } = setup;
	await galaxy.put("moves", b.host, b.port);
	await client.answers("moves");
	copyFileSync(path, `${path}.good`);
	const pages = readFileSync(path);
	const at = pages.lastIndexOf("gie_1");
	const fd = openSync(path, "r+");
	writeSync(fd, "x".repeat(PAGE), at - (at % PAGE));
	closeSync(fd);
	await daemon.logged(({ msg }) => msg === "session map unreadable");
	for (const session of ["abc", "moves", "leaves"])
		await client.answers(session, 20);
	const during = client.tally();
	await finish(t, setup, {
		name: "SQLite map, one page damaged",
		during,
		states: ["readable", "unreadable", "readable"],
		repair() {
			copyFileSync(`${path}.good`, path);
			return setup.writeNewRows();
		},
	});
});
