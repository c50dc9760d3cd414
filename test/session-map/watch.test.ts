import assert from "node:assert/strict";
import {
	mkdirSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { watchMap } from "../../src/session-map/watch.js";
import { scratchFolder } from "../support/folders.js";
import { Changes } from "../support/wait.js";

/** Milliseconds from a change to the look: an event tells at once, the timer in half a second on the average. */
const SOON_MS = 200;
const TRIES = 9;

interface Watch {
	/** Resolves with the next look. */
	look(): Promise<void>;
	/** The median of some changes, so that neither the timer nor a pause of the machine decides. */
	expectSoon(change: () => void): Promise<void>;
}

function startWatch(t: TestContext, path: string): Watch {
	const changes = new Changes();
	let looks = 0;
	const end = watchMap(
		path,
		() => {
			looks++;
			changes.notify();
		},
		true,
	);
	t.after(end);
	const look = async (): Promise<void> => {
		const before = looks;
		await changes.wait(
			"a look",
			() => (looks > before ? true : undefined),
			() => `${looks} looks`,
		);
	};
	return {
		look,
		async expectSoon(change) {
			const times: number[] = [];
			for (let tries = 0; tries < TRIES; tries++) {
				const told = look();
				const begun = performance.now();
				change();
				await told;
				times.push(performance.now() - begun);
			}
			times.sort((a, b) => a - b);
			const median = times[TRIES >> 1] ?? Number.NaN;
			assert.ok(median < SOON_MS, `${median} ms`);
		},
	};
}

test("a write is reported at once, and so is a file that is renamed into the map's place", async (t) => {
	const folder = scratchFolder(t);
	const path = join(folder, "map.sqlite");
	const other = join(folder, "other");
	const watch = startWatch(t, path);
	await watch.expectSoon(() => writeFileSync(path, "a"));
	await watch.expectSoon(() => {
		writeFileSync(other, "a");
		renameSync(other, path);
	});
});

test("a folder that is created later is watched", async (t) => {
	const path = join(scratchFolder(t), "database", "map.sqlite");
	const watch = startWatch(t, path);
	await watch.look();
	mkdirSync(dirname(path));
	await watch.look();
	await watch.expectSoon(() => writeFileSync(path, "a"));
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
		const watch = startWatch(t, path);
		await watch.expectSoon(() => writeFileSync(path, "a"));
		replace(dirname(path));
		mkdirSync(dirname(path), { recursive: true });
		await watch.look();
		await watch.look();
		await watch.expectSoon(() => writeFileSync(path, "a"));
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
		const watch = startWatch(t, path);
		await watch.look();
		rmSync(above);
		mkdirSync(dirname(path), { recursive: true });
		await watch.look();
		await watch.expectSoon(() => writeFileSync(path, "a"));
		rmSync(above, { recursive: true });
		make(above);
		await watch.look();
		await watch.look();
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
	const watch = startWatch(t, path);
	await watch.expectSoon(() => writeFileSync(join(one, "real"), "a"));
	rmSync(path);
	symlinkSync(join(other, "real"), path);
	await watch.look();
	await watch.look();
	await watch.expectSoon(() => writeFileSync(join(other, "real"), "a"));
});
