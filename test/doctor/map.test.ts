import { execFileSync } from "node:child_process";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { STOPPED } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { startGalaxyMap, writeSessionMap } from "../support/session-map.js";
import { type Diagnosis, examine, expectDiagnosis } from "./examined.js";

interface Case extends Diagnosis {
	/** session_map.sqlite unless it says another name. */
	file?: string;
	/** Makes the map, or something in its place. */
	make: (map: string) => unknown;
}

const DAY_S = 86_400;

function makeMap(map: string): void {
	writeSessionMap(map, { abc: STOPPED });
}

function setAge(path: string, seconds: number): void {
	const then = Date.now() / 1000 - seconds;
	utimesSync(path, then, then);
}

const EMPTY = `import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("CREATE TABLE other (x)")`;

const CASES: Record<string, Case> = {
	"it is not there": {
		make: () => {},
		name: "map",
		verdict: "doubtful",
		what: /session_map\.sqlite does not exist/,
		remedy: /when the first environment starts.*dynamic_proxy_session_map/,
	},
	"its folder is not there": {
		file: "data/session_map.sqlite",
		make: () => {},
		name: "map",
		what: /data\/session_map\.sqlite does not exist/,
		remedy: /dynamic_proxy_session_map/,
	},
	"it is a folder": {
		make: (map) => mkdirSync(map),
		name: "map",
		what: /is not a file/,
		remedy: /--sessions/,
	},
	"it is no database": {
		make: (map) => writeFileSync(map, "garbage ".repeat(1000)),
		name: "map",
		what: /is damaged/,
		remedy: /Restore it/,
	},
	"it has no table of Galaxy's": {
		make: (map) => execFileSync("python3", ["-c", EMPTY, map]),
		name: "map",
		what: /has no table gxproxy2/,
		remedy: /compare --sessions/,
	},
	"it is half of a JSON document": {
		file: "map.json",
		make: (map) => writeFileSync(map, '{"abc": {"host": "127'),
		name: "map",
		what: /not a whole JSON document/,
		remedy: /restore it/i,
	},
	"Galaxy's lock file was left": {
		make(map) {
			makeMap(map);
			writeFileSync(`${map}.lock`, "");
			setAge(`${map}.lock`, 120);
		},
		name: "map lock",
		what: /2 minutes old.*every launch in Galaxy fails/,
		remedy: /rm .*session_map\.sqlite\.lock/,
	},
	"it was not changed for long": {
		make(map) {
			makeMap(map);
			setAge(map, 41 * DAY_S);
		},
		name: "map age",
		verdict: "doubtful",
		what: /41 days ago/,
		remedy: /dynamic_proxy_session_map/,
	},
	"another map next to it is newer": {
		make(map) {
			makeMap(map);
			setAge(map, 60);
			writeFileSync(map.replace(/sqlite$/, "json"), "{}");
		},
		name: "map age",
		verdict: "doubtful",
		what: /session_map\.json was changed after session_map\.sqlite/,
		remedy: /Which one does Galaxy write/,
	},
	"the clock went back": {
		make(map) {
			makeMap(map);
			setAge(map, -3600 * 5);
		},
		name: "map age",
		verdict: "doubtful",
		what: /in the future/,
		remedy: /clock/,
	},
	"it has no rows": {
		make: (map) => writeSessionMap(map, {}),
		name: "rows",
		verdict: "doubtful",
		what: /no rows/,
		remedy: /Start one from Galaxy/,
	},
};

test("problems of the map", async (t) => {
	for (const [name, { file, make, ...diagnosis }] of Object.entries(CASES))
		await t.test(name, async (t) => {
			const map = join(scratchFolder(t), file ?? "session_map.sqlite");
			make(map);
			const examined = await examine(["--sessions", map, "--port", "1"]);
			expectDiagnosis(examined, diagnosis);
		});

	await t.test("a writer holds it", async (t) => {
		const galaxy = startGalaxyMap(t, "session_map.sqlite");
		await galaxy.put("abc", "127.0.0.1", 1025);
		await galaxy.lock();
		const args = ["--sessions", galaxy.path, "--port", "1"];
		expectDiagnosis(await examine(args), {
			name: "map",
			what: /is locked/,
			remedy: /fuser/,
		});
	});
});
