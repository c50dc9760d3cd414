import { test } from "node:test";
import { expectDiagnosis } from "./examined.js";
import { examineGalaxy } from "./galaxy-file.js";

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
