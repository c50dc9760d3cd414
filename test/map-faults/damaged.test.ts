import { spawnSync } from "node:child_process";
import {
	chmodSync,
	copyFileSync,
	mkdirSync,
	renameSync,
	rmdirSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { repository } from "../support/folders.js";
import { startGalaxyMap } from "../support/session-map.js";
import { makeTable, type SetupOptions } from "./setup.js";
import { type Damage, withstand } from "./withstand.js";

/** Root may read everything: its daemon runs as nobody. */
const NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups".split(" ");
const within = process.getuid?.() === 0 ? NOBODY : [];
const program = join(repository, "lib", "main.js");
const [command = "", ...words] = [...within, process.execPath, program];
const cannotRestrict =
	spawnSync(command, [...words, "--version"]).status !== 0 &&
	"an account without rights cannot run this program here";

type Spoil = (path: string) => void;

/** Each with the reason in the log. */
const IN_FILE: Record<string, [spoil: Spoil, reason: RegExp]> = {
	removed: [(path) => rmSync(path), /does not exist/],
	emptied: [
		(path) => truncateSync(path),
		/no (such )?table:? gxproxy2|is empty/,
	],
	"cut in half": [
		(path) => truncateSync(path, statSync(path).size >> 1),
		/damaged|not a whole JSON/,
	],
	"turned to garbage": [
		(path) => writeFileSync(path, "x".repeat(9000), { flag: "r+" }),
		/damaged|not a whole JSON/,
	],
	"replaced by a folder": [
		(path) => {
			rmSync(path);
			mkdirSync(path);
		},
		// The daemon may look in between.
		/is not a file|does not exist/,
	],
	"moved away with its folder": [
		(path) => renameSync(dirname(path), `${dirname(path)}.away`),
		/does not exist/,
	],
};
const JSON_MAP = { file: "map.json" };
const FORMATS: Record<string, SetupOptions> = {
	SQLite: {},
	"SQLite (gxproxy)": { era: "gxproxy" },
	JSON: JSON_MAP,
};

/** Damage to the file, which is undone by a copy of the good one. */
function inFile(spoil: Spoil): Omit<Damage, "name"> {
	return {
		damage({ path }) {
			copyFileSync(path, `${path}.good`);
			spoil(path);
		},
		undo({ path }) {
			const folder = dirname(path);
			if (statSync(`${folder}.away`, { throwIfNoEntry: false }))
				renameSync(`${folder}.away`, folder);
			if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
				rmdirSync(path);
			copyFileSync(`${path}.good`, path);
		},
	};
}

const DAMAGES: Record<string, Omit<Damage, "name">> = {
	"SQLite, table dropped and made again": {
		damage: ({ galaxy }) => galaxy.sql("DROP TABLE gxproxy2"),
		undo: makeTable,
	},
	"SQLite, column missing": {
		damage: ({ galaxy }) =>
			galaxy.sql("ALTER TABLE gxproxy2 RENAME COLUMN port TO gone"),
		undo: ({ galaxy }) =>
			galaxy.sql("ALTER TABLE gxproxy2 RENAME COLUMN gone TO port"),
	},
	// Longer than the second that a writer has to finish.
	"SQLite, EXCLUSIVE lock held": {
		damage: ({ galaxy }) => galaxy.lock(),
		undo: ({ galaxy }) => galaxy.unlock(),
	},
	"SQLite, writer killed in its commit (hot journal)": {
		async damage({ galaxy }) {
			await galaxy.spill();
			await galaxy.kill();
		},
		writer: (t, { path }) => startGalaxyMap(t, path),
	},
	// Without the right to search the folder not even the file's times are known; an open file stays readable.
	"SQLite, no right to the folder": {
		options: { within },
		damage: ({ path }) =>
			chmodSync(dirname(path), within.length > 0 ? 0o700 : 0o600),
		undo: ({ path }) => chmodSync(dirname(path), 0o755),
	},
	"SQLite, no right to the file": {
		options: { within },
		damage({ path }) {
			copyFileSync(path, `${path}.new`);
			chmodSync(`${path}.new`, within.length > 0 ? 0o600 : 0);
			renameSync(`${path}.new`, path);
		},
		undo: ({ path }) => chmodSync(path, 0o644),
	},
};
for (const [format, options] of Object.entries(FORMATS))
	for (const [how, [spoil, reason]] of Object.entries(IN_FILE))
		DAMAGES[`${format} map ${how}`] = { ...inFile(spoil), reason, options };
for (const text of ["[]", "{}}"])
	DAMAGES[`JSON map is ${text}`] = {
		...inFile((path) => writeFileSync(path, text)),
		options: JSON_MAP,
	};

// Each waits a second for the answer to an unknown session.
describe("a map that cannot be read", { concurrency: 4 }, () => {
	for (const [name, damage] of Object.entries(DAMAGES))
		test(
			name,
			{
				skip: damage.options?.within !== undefined && cannotRestrict,
			},
			(t) => withstand(t, { name, ...damage }),
		);
});
