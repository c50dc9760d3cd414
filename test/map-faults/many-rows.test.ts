import { describe, test } from "node:test";
import { endScene, startScene } from "./scene.js";

const FILL =
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) ";

const ERAS = [
	[
		"gxproxy2",
		`${FILL}INSERT INTO gxproxy2 (key, host, port) SELECT 'filler' || i, '127.0.0.1', 1 FROM n`,
		(port: number) =>
			`UPDATE gxproxy2 SET port = CASE key WHEN 'moves' THEN ${port} WHEN 'abc' THEN port WHEN 'leaves' THEN port ELSE port % 100 + 1 END`,
	],
	[
		"gxproxy",
		`${FILL}INSERT INTO gxproxy SELECT '127.0.0.1:' || (i % 100 + 1), 'filler' || i FROM n`,
		(port: number) =>
			`UPDATE gxproxy SET key = CASE secret WHEN 'moves' THEN '127.0.0.1:${port}' WHEN 'abc' THEN key WHEN 'leaves' THEN key ELSE key || '' END`,
	],
] as const;

describe("100,000 rows change while they are read", { concurrency: 2 }, () => {
	for (const [era, fill, change] of ERAS)
		test(era, async (t) => {
			const scene = await startScene(t, {
				era,
				before: (galaxy) => galaxy.sql(fill),
			});
			const { b, c, client, galaxy } = scene;
			for (const [port, answer] of [
				[c.port, "C"],
				[b.port, "B"],
				[c.port, "C"],
			] as const) {
				client.expect("moves", "B", "C");
				await galaxy.sql(change(port));
				client.expect("moves", answer);
				await client.answers("moves", 2);
				await client.answers("abc");
			}
			t.diagnostic(
				`| SQLite, 100,000 rows of ${era} changing | ${client.tally()}, slowest ${Math.round(client.slowest)} ms | 0 ms | |`,
			);
			await endScene(scene, ["readable"]);
		});
});
