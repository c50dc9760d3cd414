import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repository } from "../support/daemon.js";
import { scratchFolder } from "../support/galaxy-map.js";
import { withstand } from "./withstand.js";

/** Root may read everything: its daemon runs as nobody. */
const NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups".split(" ");
const within = process.getuid?.() === 0 ? NOBODY : [];
const program = join(repository, "lib", "main.js");
const [command = "", ...words] = [...within, process.execPath, program];
const skip =
	spawnSync(command, [...words, "--version"]).status !== 0 &&
	"an account without rights cannot run this program here";

// Without the right to search the folder not even the file's times are known; an open file stays readable.
describe("the right to read", { skip, concurrency: 2 }, () => {
	test("the folder is taken away and given back", async (t) => {
		const folder = scratchFolder(t);
		chmodSync(folder, 0o755);
		await withstand(t, {
			name: "SQLite, no right to the folder",
			options: { folder, within },
			damage: () => chmodSync(folder, 0o700 - 0o100 * Number(!within.length)),
			async repair(setup) {
				chmodSync(folder, 0o755);
				await setup.writeNewRows();
			},
		});
	});

	test("the file is replaced by one that may not be read", async (t) => {
		const folder = scratchFolder(t);
		chmodSync(folder, 0o755);
		await withstand(t, {
			name: "SQLite, no right to the file",
			options: { folder, within },
			damage({ path }) {
				copyFileSync(path, `${path}.new`);
				chmodSync(`${path}.new`, within.length > 0 ? 0o600 : 0);
				renameSync(`${path}.new`, path);
			},
			async repair(setup) {
				chmodSync(setup.path, 0o644);
				await setup.writeNewRows();
			},
		});
	});
});
