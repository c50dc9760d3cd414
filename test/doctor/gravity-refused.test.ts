import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { examine, expectDiagnosis } from "./examined.js";
import { examineGalaxy, galaxyFolder } from "./galaxy-file.js";

const GALAXY = "galaxy: {interactivetools_enable: true}";

for (const [setting, what, remedy] of [
	[
		"process_manager: supervisord",
		/gravity refuses process_manager: supervisord/,
		/^Write supervisor, systemd/,
	],
	[
		'galaxy_root: "@/nowhere"',
		/galaxy_root .* is \S+\/nowhere, which does not exist/,
		/Correct the path/,
	],
	[
		'galaxy_root: "@/", virtualenv: nowhere',
		/virtualenv .* is nowhere, and \S+\/nowhere does not exist/,
		/Correct the path/,
	],
	[
		'virtualenv: "@/nowhere"',
		/virtualenv .* is \S+\/nowhere, which does not exist/,
		/Correct the path/,
	],
] as const)
	test(`gravity does not start with ${setting}`, async (t) => {
		const gravity = `gravity: {${setting}, gx_it_proxy: {enable: true, port: 1}}`;
		expectDiagnosis(await examineGalaxy(t, `${gravity}\n${GALAXY}`), {
			name: "gravity",
			what,
			remedy,
		});
	});

test("a virtualenv that doctor cannot see may exist", async (t) => {
	const root = galaxyFolder(t, {
		"galaxy.yml": `gravity: {virtualenv: "@/loop", gx_it_proxy: {enable: true, port: 1}}\n${GALAXY}`,
	});
	symlinkSync("loop", join(root, "loop"));
	const args = ["--config", join(root, "galaxy.yml")];
	const { findings } = await examine(args);
	const found = findings.find(({ what }) => /\/loop exists/.test(what));
	assert.equal(found?.verdict, "unchecked", JSON.stringify(findings));
	assert.ok(findings.every(({ name }) => name !== "gravity node"));
});
