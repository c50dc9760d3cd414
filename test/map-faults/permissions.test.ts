import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repository } from "../support/daemon.js";
import { scratchFolder } from "../support/galaxy-map.js";
import { endure } from "./fault.js";

/** Root may read everything: its daemon runs as nobody. */
const NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups".split(" ");
const within = process.getuid?.() === 0 ? NOBODY : [];
const program = join(repository, "lib", "main.js");
const [command = "", ...words] = [...within, process.execPath, program];
const skip =
	spawnSync(command, [...words, "--version"]).status !== 0 &&
	"an account without rights cannot run this program here";

// Without the right to look at the folder not even the file's stamp is known; a file that is open stays readable.
describe("the right to read", { skip, concurrency: 2 }, () => {
	test("the folder is taken away and given back", async (t) => {
		const folder = scratchFolder(t);
		chmodSync(folder, 0o755);
		await endure(t, {
			name: "SQLite, no right to the folder",
			scene: { folder, within },
			strike: () => chmodSync(folder, 0o700 - 0o100 * Number(!within.length)),
			async mend(scene) {
				chmodSync(folder, 0o755);
				await scene.writeNewTruth();
			},
		});
	});

	test("the file is replaced by one that may not be read", async (t) => {
		const folder = scratchFolder(t);
		chmodSync(folder, 0o755);
		await endure(t, {
			name: "SQLite, no right to the file",
			scene: { folder, within },
			strike({ path }) {
				copyFileSync(path, `${path}.new`);
				chmodSync(`${path}.new`, within.length > 0 ? 0o600 : 0);
				renameSync(`${path}.new`, path);
			},
			async mend(scene) {
				chmodSync(scene.path, 0o644);
				await scene.writeNewTruth();
			},
		});
	});
});
