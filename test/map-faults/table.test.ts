import { describe, test } from "node:test";
import { endure, mendScene } from "./fault.js";
import { endScene, type Scene, startScene } from "./scene.js";

/** Makes a gxproxy2 that is whole from its first moment on. */
function makeTable({ galaxy, a, c }: Scene): Promise<void> {
	return galaxy.sql(
		"BEGIN",
		"CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text)",
		`INSERT INTO gxproxy2 (key, host, port) VALUES ('abc', '${a.host}', ${a.port}), ` +
			`('moves', '${c.host}', ${c.port}), ('comes', '${c.host}', ${c.port})`,
		"COMMIT",
	);
}

describe("the table", { concurrency: 3 }, () => {
	test("is dropped and made again", async (t) => {
		await endure(t, {
			name: "SQLite, table dropped and made again",
			strike: ({ galaxy }) => galaxy.sql("DROP TABLE gxproxy2"),
			mend: makeTable,
		});
	});

	test("lacks a column", async (t) => {
		await endure(t, {
			name: "SQLite, column missing",
			strike: ({ galaxy }) =>
				galaxy.sql("ALTER TABLE gxproxy2 RENAME COLUMN port TO gone"),
			async mend(scene) {
				await scene.galaxy.sql(
					"ALTER TABLE gxproxy2 RENAME COLUMN gone TO port",
				);
				await scene.writeNewTruth();
			},
		});
	});

	test("has a column more", async (t) => {
		const scene = await startScene(t);
		await scene.galaxy.sql(
			"ALTER TABLE gxproxy2 ADD COLUMN more text DEFAULT 'x'",
		);
		await scene.client.answers("abc", 5);
		await mendScene(
			scene,
			() => scene.writeNewTruth(),
			(after) =>
				t.diagnostic(
					`| SQLite, column added | ${scene.client.tally()} | ${after} ms | |`,
				),
		);
		await endScene(scene, ["readable"]);
	});

	test("gxproxy of older Galaxies appears beside gxproxy2, and counts for nothing", async (t) => {
		const scene = await startScene(t);
		const { c, client, galaxy } = scene;
		const address = `${c.host}:${c.port}`;
		await galaxy.sql(
			"BEGIN",
			"CREATE TABLE gxproxy (key text PRIMARY_KEY, secret text)",
			`INSERT INTO gxproxy VALUES ('${address}', 'abc'), ('${address}', 'moves'), ('${address}', 'comes')`,
			"COMMIT",
		);
		for (const session of ["abc", "moves", "comes"])
			await client.answers(session, 5);
		await mendScene(
			scene,
			() => scene.writeNewTruth(),
			(after) =>
				t.diagnostic(
					`| SQLite, gxproxy beside gxproxy2 | ${client.tally()} | ${after} ms | |`,
				),
		);
		await endScene(scene, ["readable"]);
	});

	test("gxproxy2 appears beside gxproxy, and takes its place", async (t) => {
		const scene = await startScene(t, { era: "gxproxy" });
		await mendScene(
			scene,
			() => makeTable(scene),
			(after) =>
				t.diagnostic(
					`| SQLite, gxproxy2 beside gxproxy | ${scene.client.tally()} | ${after} ms | |`,
				),
		);
		await endScene(scene, ["readable"]);
	});
});
