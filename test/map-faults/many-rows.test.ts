import { describe, test } from "node:test";
import { endSetup, numbersTo, startSetup } from "./setup.js";
import { report } from "./withstand.js";

/** One commit changes every row, and the target of `moves` among the requested sessions. */
const ERAS = [
	[
		"gxproxy2",
		`${numbersTo(100_000)} INSERT INTO gxproxy2 (key, host, port) SELECT 'filler' || i, '127.0.0.1', 1 FROM n`,
		(port: number) =>
			`UPDATE gxproxy2 SET container_interface = 'at ${port}', port = CASE key WHEN 'moves' THEN ${port} ELSE port END`,
	],
	[
		// Read completely at each change, which for 100,000 rows may exceed the second that requests wait.
		"gxproxy",
		`${numbersTo(20_000)} INSERT INTO gxproxy SELECT '127.0.0.1:1', 'filler' || i FROM n`,
		(port: number) =>
			`UPDATE gxproxy SET key = CASE WHEN secret = 'moves' THEN '127.0.0.1:${port}' WHEN secret LIKE 'filler%' THEN '127.0.0.2:${port}' ELSE key END`,
	],
] as const;

describe("all rows change while they are read", { concurrency: 2 }, () => {
	for (const [era, rows, change] of ERAS)
		test(era, async (t) => {
			const setup = await startSetup(t, {
				era,
				before: (galaxy) => galaxy.sql(rows),
			});
			const { b, c, client, galaxy } = setup;
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
			const name = `SQLite, all rows of a large ${era} change`;
			const slowest = `slowest ${Math.round(client.slowest)} ms`;
			report(t, setup, name, `${client.tally()}, ${slowest} | 0`);
			await endSetup(setup, setup.states());
		});
});
