import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { scratchFolder } from "../support/galaxy-map.js";
import { endure, mendScene } from "./fault.js";
import { endScene, startScene } from "./scene.js";

const OPTIONS = "-t tmpfs -o size=128k tmpfs".split(" ");

/** A disk of 128 KiB, or nothing where this account may not mount one. */
function smallDisk(t: TestContext): string | undefined {
	let mounted = false;
	// Before the folder's own end.
	t.after(() => mounted && execFileSync("umount", ["-l", folder]));
	const folder = scratchFolder(t);
	mounted =
		process.getuid?.() === 0 &&
		spawnSync("mount", [...OPTIONS, folder]).status === 0;
	if (!mounted) return void t.skip("only root can make a small disk");
	return folder;
}

function fill(folder: string): void {
	const file = join(folder, "filler");
	assert.throws(() => writeFileSync(file, Buffer.alloc(200_000)), /ENOSPC/);
}

describe("the disk is full while Galaxy writes", { concurrency: 2 }, () => {
	test("a SQLite map stays as it was", async (t) => {
		const folder = smallDisk(t);
		if (folder === undefined) return;
		const scene = await startScene(t, { folder });
		const { c, client, galaxy } = scene;
		fill(folder);
		await assert.rejects(galaxy.put("moves", c.host, c.port), /full/);
		for (const session of ["abc", "moves", "leaves"])
			await client.answers(session, 5);
		const during = client.tally();
		rmSync(join(folder, "filler"));
		await mendScene(
			scene,
			() => scene.writeNewTruth(),
			(after) =>
				t.diagnostic(`| SQLite, disk full | ${during} | ${after} ms | |`),
		);
		await endScene(scene, ["readable"]);
	});

	test("a JSON map is lost until it is written again", async (t) => {
		const folder = smallDisk(t);
		if (folder === undefined) return;
		await endure(t, {
			name: "JSON, disk full",
			scene: { folder, file: "map.json" },
			async strike({ galaxy, c, path }) {
				copyFileSync(path, `${path}.good`);
				fill(folder);
				// Longer than what is left of the file's own block.
				await assert.rejects(galaxy.put("x".repeat(9000), c.host, c.port));
			},
			async mend(scene) {
				rmSync(join(folder, "filler"));
				copyFileSync(`${scene.path}.good`, scene.path);
				await scene.writeNewTruth();
			},
		});
	});
});
