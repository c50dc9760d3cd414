import { execFileSync } from "node:child_process";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { STOPPED } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { startGalaxyMap, writeSessionMap } from "../support/session-map.js";
import { type Diagnosis, examine, expectDiagnosis } from "./examined.js";

interface Case {
	/** Makes the map in the folder, or something in its place; session_map.sqlite unless it says another name. */
	make: (folder: string) => string | undefined;
	diagnosis: Diagnosis;
}

const ROW = { abc: STOPPED };
const DAY_S = 86_400;

function makeMap(folder: string): string {
	const path = join(folder, "session_map.sqlite");
	writeSessionMap(path, ROW);
	return path;
}

function setAge(path: string, seconds: number): void {
	const then = Date.now() / 1000 - seconds;
	utimesSync(path, then, then);
}

const CASES: Record<string, Case> = {
	"it is not there": {
		make: () => undefined,
		diagnosis: {
			name: "map",
			verdict: "doubtful",
			what: /session_map\.sqlite does not exist/,
			remedy: /when the first environment starts.*dynamic_proxy_session_map/,
		},
	},
	"its folder is not there": {
		make: (folder) => join(folder, "data", "session_map.sqlite"),
		diagnosis: {
			name: "map",
			what: /data\/session_map\.sqlite does not exist/,
			remedy: /dynamic_proxy_session_map/,
		},
	},
	"it is a folder": {
		make(folder) {
			mkdirSync(join(folder, "session_map.sqlite"));
			return undefined;
		},
		diagnosis: { name: "map", what: /is not a file/, remedy: /--sessions/ },
	},
	"it is no database": {
		make(folder) {
			const path = join(folder, "session_map.sqlite");
			writeFileSync(path, "garbage ".repeat(1000));
			return undefined;
		},
		diagnosis: { name: "map", what: /is damaged/, remedy: /Restore it/ },
	},
	"it has no table of Galaxy's": {
		make(folder) {
			const path = join(folder, "session_map.sqlite");
			const sql = "CREATE TABLE other (x)";
			execFileSync("python3", [
				"-c",
				`import sqlite3; sqlite3.connect(${JSON.stringify(path)}).execute("${sql}")`,
			]);
			return undefined;
		},
		diagnosis: {
			name: "map",
			what: /has no table gxproxy2/,
			remedy: /compare --sessions/,
		},
	},
	"it is half of a JSON document": {
		make(folder) {
			writeFileSync(join(folder, "map.json"), '{"abc": {"host": "127');
			return "map.json";
		},
		diagnosis: {
			name: "map",
			what: /not a whole JSON document/,
			remedy: /restore it/i,
		},
	},
	"Galaxy's lock file was left": {
		make(folder) {
			const lock = `${makeMap(folder)}.lock`;
			writeFileSync(lock, "");
			setAge(lock, 120);
			return undefined;
		},
		diagnosis: {
			name: "map lock",
			what: /2 minutes old.*every launch in Galaxy fails/,
			remedy: /rm .*session_map\.sqlite\.lock/,
		},
	},
	"it was not changed for long": {
		make(folder) {
			setAge(makeMap(folder), 41 * DAY_S);
			return undefined;
		},
		diagnosis: {
			name: "map age",
			verdict: "doubtful",
			what: /41 days ago/,
			remedy: /dynamic_proxy_session_map/,
		},
	},
	"another map next to it is newer": {
		make(folder) {
			setAge(makeMap(folder), 60);
			writeFileSync(join(folder, "session_map.json"), "{}");
			return undefined;
		},
		diagnosis: {
			name: "map age",
			verdict: "doubtful",
			what: /session_map\.json was changed after session_map\.sqlite/,
			remedy: /Which one does Galaxy write/,
		},
	},
	"the clock went back": {
		make(folder) {
			setAge(makeMap(folder), -3600 * 5);
			return undefined;
		},
		diagnosis: {
			name: "map age",
			verdict: "doubtful",
			what: /in the future/,
			remedy: /clock/,
		},
	},
	"it has no rows": {
		make(folder) {
			writeSessionMap(join(folder, "session_map.sqlite"), {});
			return undefined;
		},
		diagnosis: {
			name: "rows",
			verdict: "doubtful",
			what: /no rows/,
			remedy: /Start one from Galaxy/,
		},
	},
};

test("problems of the map", async (t) => {
	for (const [name, { make, diagnosis }] of Object.entries(CASES))
		await t.test(name, async (t) => {
			const folder = scratchFolder(t);
			const map = join(folder, make(folder) ?? "session_map.sqlite");
			expectDiagnosis(await examine(["--sessions", map, "--port", "1"]), {
				...diagnosis,
			});
		});

	await t.test("a writer holds it", async (t) => {
		const map = makeMap(scratchFolder(t));
		const galaxy = startGalaxyMap(t, map);
		await galaxy.lock();
		expectDiagnosis(await examine(["--sessions", map, "--port", "1"]), {
			name: "map",
			what: /is locked/,
			remedy: /fuser/,
		});
	});
});
