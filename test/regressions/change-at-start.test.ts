// A row that was removed within a second of the start kept its tunnels until the next look, since chokidar reports no change
// from before it is ready.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { watchMap } from "../../src/session-map/watch.js";
import { scratchFolder } from "../support/folders.js";
import { Changes } from "../support/wait.js";

test("a change right after the start is looked at, without waiting for the look of every second", async (t) => {
	t.mock.timers.enable({ apis: ["setInterval"] });
	const looks = new Changes();
	let count = 0;
	const path = join(scratchFolder(t), "map.sqlite");
	const look = () => {
		count++;
		looks.notify();
	};
	t.after(watchMap(path, look, true));
	writeFileSync(path, "changed");
	await looks.wait(
		"a look",
		() => (count > 0 ? true : undefined),
		() => `${count} looks`,
	);
});
