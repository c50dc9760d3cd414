import { describe, test } from "node:test";
import { startGalaxyMap } from "../support/galaxy-map.js";
import { withstand } from "./withstand.js";

// Each lasts longer than the second that a writer has to finish.
describe("a writer in the way", { concurrency: 2 }, () => {
	test("holds the EXCLUSIVE lock for seconds", async (t) => {
		await withstand(t, {
			name: "SQLite, EXCLUSIVE lock held",
			damage: ({ galaxy }) => galaxy.lock(),
			async repair({ galaxy, writeNewRows }) {
				await galaxy.unlock();
				await writeNewRows();
			},
		});
	});

	test("was killed in the middle of a commit", async (t) => {
		await withstand(t, {
			name: "SQLite, writer killed in its commit (hot journal)",
			async damage({ galaxy }) {
				await galaxy.spill();
				await galaxy.kill();
			},
			repair: ({ path, writeNewRows }) => writeNewRows(startGalaxyMap(t, path)),
		});
	});
});
