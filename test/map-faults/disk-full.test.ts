import assert from "node:assert/strict";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fill, smallDisk } from "../support/small-disk.js";
import { startSetup } from "./setup.js";
import { finish, withstand } from "./withstand.js";

describe("the disk is full while Galaxy writes", { concurrency: 2 }, () => {
	test("a SQLite map stays unchanged", async (t) => {
		const folder = smallDisk(t);
		if (folder === undefined) return;
		const setup = await startSetup(t, { folder });
		const { c, client, galaxy } = setup;
		fill(folder);
		await assert.rejects(galaxy.put("moves", c.host, c.port), /full/);
		for (const session of ["abc", "moves", "leaves"])
			await client.answers(session, 5);
		const during = client.tally();
		rmSync(join(folder, "filler"));
		await finish(t, setup, { name: "SQLite, disk full", during });
	});

	test("a JSON map is unreadable until it is written again", async (t) => {
		const folder = smallDisk(t);
		if (folder === undefined) return;
		await withstand(t, {
			name: "JSON, disk full",
			options: { folder, file: "map.json" },
			async damage({ galaxy, c, path }) {
				copyFileSync(path, `${path}.good`);
				fill(folder);
				// Longer than the rest of the file's own block.
				await assert.rejects(galaxy.put("x".repeat(9000), c.host, c.port));
			},
			undo({ path }) {
				rmSync(join(folder, "filler"));
				copyFileSync(`${path}.good`, path);
			},
		});
	});
});
