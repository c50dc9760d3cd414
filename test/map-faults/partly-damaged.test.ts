import {
	closeSync,
	copyFileSync,
	openSync,
	readFileSync,
	writeSync,
} from "node:fs";
import { test } from "node:test";
import { mendScene } from "./fault.js";
import { endScene, startScene } from "./scene.js";

const PAGE = 4096;

/** Rows enough that `moves`, which is put after them, is in another page than `abc`. */
const FILL =
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) " +
	"INSERT INTO gxproxy2 (key, host, port) SELECT 'filler' || i, '127.0.0.1', 1 FROM n";

// Each answer out of a good page would have said "readable" and each out of the bad one "unreadable".
test("a map of which one page is damaged: one line, though other sessions are found in it", async (t) => {
	const scene = await startScene(t, {
		before: (galaxy) => galaxy.sql(FILL),
	});
	const { b, client, daemon, galaxy, path } = scene;
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

	const mend = () => {
		copyFileSync(`${path}.good`, path);
		return scene.writeNewTruth();
	};
	await mendScene(scene, mend, (after) =>
		t.diagnostic(
			`| SQLite map, one page damaged | ${during} | ${after} ms | ${scene.states().slice(1)} |`,
		),
	);
	await endScene(scene, ["readable", "unreadable", "readable"]);
});
