import { describe, test } from "node:test";
import { startGalaxyMap } from "../support/galaxy-map.js";
import { endure } from "./fault.js";

// Each lasts for more than the second in which a writer may still finish.
describe("a writer in the way", { concurrency: 2 }, () => {
	test("holds the EXCLUSIVE lock for seconds", async (t) => {
		await endure(t, {
			name: "SQLite, EXCLUSIVE lock held",
			strike: ({ galaxy }) => galaxy.lock(),
			async mend(scene) {
				await scene.galaxy.unlock();
				await scene.writeNewTruth();
			},
		});
	});

	test("was killed in the middle of a commit", async (t) => {
		await endure(t, {
			name: "SQLite, writer killed in its commit (hot journal)",
			async strike({ galaxy }) {
				await galaxy.spill();
				await galaxy.kill();
			},
			mend: (scene) => scene.writeNewTruth(startGalaxyMap(t, scene.path)),
		});
	});
});
