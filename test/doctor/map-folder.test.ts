import assert from "node:assert/strict";
import { test } from "node:test";
import { expectDiagnosis } from "./examined.js";
import { examineGalaxy } from "./galaxy-file.js";

const GALAXY = "galaxy: {interactivetools_enable: true";

test("the folder of the map is missing, and Galaxy does not make it", async (t) => {
	const galaxy = `${GALAXY}, interactivetools_map: "@/maps/tools.sqlite"}`;
	expectDiagnosis(await examineGalaxy(t, galaxy), {
		name: "map folder",
		what: /\/maps, the folder of the map \(interactivetools_map in .* does not exist/,
		remedy: /install -d -m 0700 -o \S+ \S+\/maps$/,
	});
});

test("Galaxy makes the folder of its default map", async (t) => {
	const galaxy = `${GALAXY}, data_dir: "@/data"}`;
	const { findings } = await examineGalaxy(t, galaxy);
	assert.deepEqual(
		findings.filter(({ name }) => name === "map folder"),
		[],
	);
});
