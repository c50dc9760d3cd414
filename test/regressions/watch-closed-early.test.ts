import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { watchMap } from "../../src/session-map/watch.js";
import { scratchFolder } from "../support/folders.js";

/** Longer than chokidar needs to look at one folder. */
const LOOKED_MS = 200;

// A folder that could not be read, and a watch that ended while chokidar looked at it, ended the daemon: the error came when
// nobody listened for it any more.
test("a watch that ends while an unreadable folder is looked at does no harm", async (t) => {
	const folder = join(scratchFolder(t), "loop");
	symlinkSync(folder, folder);
	t.mock.timers.enable({ apis: ["setInterval"] });
	const end = watchMap(join(folder, "map.sqlite"), () => {}, true);
	await import("chokidar");
	t.mock.timers.tick(1000);
	end();
	// An unhandled rejection would fail the test.
	await pause(LOOKED_MS);
});
