import {
	mkdirSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { watchMap } from "../../src/session-map/watch.js";
import { scratchFolder } from "../support/folders.js";

/** As in watch.ts: the time between two looks without an event. */
const LOOK_MS = 1000;
/** Milliseconds until a change that was not reported is made again. */
const AGAIN_MS = 100;

interface Watch {
	/** Lets the timer look once. */
	tick(): void;
	/** A look must follow the change although no time passes for the timer, so an event has reported it. */
	expectEvent(change: () => void): Promise<void>;
}

/** The timer is mocked and stands still, so that every look outside of tick() comes from an event. */
async function startWatch(t: TestContext, path: string): Promise<Watch> {
	t.mock.timers.enable({ apis: ["setInterval"] });
	let reported = (): void => {};
	const end = watchMap(path, () => reported(), true);
	t.after(end);
	// watch.ts loads it too, and follows the folders once it has.
	await import("chokidar");
	const nextLook = (): Promise<void> =>
		new Promise((resolve) => {
			reported = resolve;
		});
	return {
		tick: () => t.mock.timers.tick(LOOK_MS),
		async expectEvent(change) {
			let isReported = false;
			const told = nextLook().then(() => {
				isReported = true;
			});
			// A watcher reports nothing from before it is ready.
			while (!isReported) {
				change();
				await Promise.race([told, pause(AGAIN_MS)]);
			}
		},
	};
}

test("a write is reported at once, and so is a file that is renamed into the map's place", async (t) => {
	const folder = scratchFolder(t);
	const path = join(folder, "map.sqlite");
	const other = join(folder, "other");
	const watch = await startWatch(t, path);
	await watch.expectEvent(() => writeFileSync(path, "a"));
	await watch.expectEvent(() => {
		writeFileSync(other, "a");
		renameSync(other, path);
	});
});

test("a folder that is created later is watched", async (t) => {
	const path = join(scratchFolder(t), "database", "map.sqlite");
	const watch = await startWatch(t, path);
	watch.tick();
	mkdirSync(dirname(path));
	watch.tick();
	await watch.expectEvent(() => writeFileSync(path, "a"));
});

const REPLACED: Record<string, (folder: string) => void> = {
	"was removed": (folder) => rmSync(folder, { recursive: true }),
	"was renamed": (folder) => renameSync(folder, `${folder}.old`),
	"went with its parent": (folder) =>
		renameSync(dirname(folder), `${dirname(folder)}.old`),
};

for (const [what, replace] of Object.entries(REPLACED))
	test(`a folder that replaces one that ${what} is watched`, async (t) => {
		const path = join(scratchFolder(t), "galaxy", "database", "map.sqlite");
		mkdirSync(dirname(path), { recursive: true });
		const watch = await startWatch(t, path);
		await watch.expectEvent(() => writeFileSync(path, "a"));
		replace(dirname(path));
		mkdirSync(dirname(path), { recursive: true });
		watch.tick();
		watch.tick();
		await watch.expectEvent(() => writeFileSync(path, "a"));
	});

const UNREACHABLE: Record<string, (place: string) => void> = {
	"a link that leads to itself": (place) => symlinkSync(place, place),
	"a file in a folder's place": (place) => writeFileSync(place, "a"),
};

for (const [what, make] of Object.entries(UNREACHABLE))
	test(`${what} above the map does no harm, at the start or later`, async (t) => {
		const above = join(scratchFolder(t), "above");
		const path = join(above, "database", "map.sqlite");
		make(above);
		const watch = await startWatch(t, path);
		watch.tick();
		rmSync(above);
		mkdirSync(dirname(path), { recursive: true });
		watch.tick();
		await watch.expectEvent(() => writeFileSync(path, "a"));
		rmSync(above, { recursive: true });
		make(above);
		watch.tick();
		watch.tick();
	});

test("a link's target is watched, and a later target too", async (t) => {
	const folder = scratchFolder(t);
	const [path, one, other] = ["map.sqlite", "one", "other"].map((name) =>
		join(folder, name),
	) as [string, string, string];
	for (const place of [one, other]) {
		mkdirSync(place);
		writeFileSync(join(place, "real"), "a");
	}
	symlinkSync(join(one, "real"), path);
	const watch = await startWatch(t, path);
	await watch.expectEvent(() => writeFileSync(join(one, "real"), "a"));
	rmSync(path);
	symlinkSync(join(other, "real"), path);
	watch.tick();
	watch.tick();
	await watch.expectEvent(() => writeFileSync(join(other, "real"), "a"));
});
