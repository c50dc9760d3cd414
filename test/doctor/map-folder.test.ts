import assert from "node:assert/strict";
import { chownSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { examine, expectDiagnosis } from "./examined.js";
import { examineGalaxy, galaxyFolder } from "./galaxy-file.js";

const NAME = "map folder";
const GALAXY = "galaxy: {interactivetools_enable: true";
const NOBODY = 65_534;

for (const [setting, key] of [
	['interactivetools_map: "@/maps/tools.sqlite"', /interactivetools_map in/],
	["interactivetools_map: maps/tools.sqlite", /interactivetools_map in/],
	[
		'interactivetoolsproxy_map: "sqlite:///@/maps/tools.sqlite"',
		/interactivetoolsproxy_map in/,
	],
	[
		"interactivetoolsproxy_map: sqlite:///maps/tools.sqlite",
		/interactivetoolsproxy_map in/,
	],
] as const)
	test(`the folder of the map is missing, and Galaxy does not make it: ${setting}`, async (t) => {
		const text = `${GALAXY}, ${setting}}`;
		const root = galaxyFolder(t, { "config/galaxy.yml": text });
		chownSync(root, process.getuid?.() || NOBODY, process.getgid?.() ?? 0);
		const config = join(root, "config/galaxy.yml");
		const examined = await examine(["--config", config], { cwd: root });
		expectDiagnosis(examined, {
			name: NAME,
			what: RegExp(
				`^/\\S+/maps, the folder of the map \\(${key.source} .* does not exist`,
			),
			remedy: /install -d -m 0700 -o \S+ \S+\/maps$/,
		});
	});

test("the map is not given to root", {
	skip: process.getuid?.() !== 0 && "only root's folder belongs to root",
}, async (t) => {
	const galaxy = `${GALAXY}, interactivetools_map: "@/maps/tools.sqlite"}`;
	expectDiagnosis(await examineGalaxy(t, galaxy), {
		name: NAME,
		what: /does not exist/,
		remedy: /^Make \S+\/maps .* It must belong to the account that runs Galaxy/,
	});
});

for (const map of ["", ', interactivetools_map: "@/data/tools.sqlite"'])
	test(`Galaxy makes its data_dir${map}`, async (t) => {
		const galaxy = `${GALAXY}, data_dir: "@/data"${map}}`;
		const { findings } = await examineGalaxy(t, galaxy);
		assert.deepEqual(
			findings.filter(({ name }) => name === NAME),
			[],
		);
	});

test("a folder that doctor cannot see may exist", async (t) => {
	const root = galaxyFolder(t, {
		"galaxy.yml": `${GALAXY}, interactivetools_map: "@/loop/tools.sqlite"}`,
	});
	symlinkSync("loop", join(root, "loop"));
	const config = join(root, "galaxy.yml");
	const { findings } = await examine(["--config", config]);
	const found = findings.find(({ name }) => name === NAME);
	assert.equal(found?.verdict, "unchecked", JSON.stringify(found));
	assert.match(found?.what ?? "", /\/loop, .* exists: ELOOP$/);
});
