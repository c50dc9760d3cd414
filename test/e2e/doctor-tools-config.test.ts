import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { examine } from "../doctor/examined.js";
import { openDoctorSite } from "./support/doctor-tools-site.js";
import { startServer } from "./support/front-servers.js";
import { printedFront } from "./support/fronts.js";

test("Galaxy's file alone: nginx's servers say where users arrive, and both ways are checked", async (t) => {
	const site = await openDoctorSite(t, "doctor-tools-config");
	const printed = printedFront(
		...["nginx", "--for", "tools", "--server-name", "localhost"],
		...["--port", String(site.proxyPort)],
		...["--galaxy", `localhost:${site.galaxyPort}`],
	);
	const port = await startServer("nginx", site.place, printed);
	const file = site.place.file("galaxy.yml");
	writeFileSync(
		file,
		`gravity:
  gx_it_proxy: {enable: true, port: ${site.proxyPort}}
galaxy:
  interactivetools_enable: true
  galaxy_infrastructure_url: http://127.0.0.1:${site.galaxyPort}
`,
	);
	const { findings } = await examine(["--config", file]);
	const of = (name: string) =>
		findings
			.filter((each) => each.name === name)
			.map(({ verdict, what }) => `${verdict} ${what}`);
	assert.match(
		of("public address").join(),
		RegExp(
			`^doubtful .* guessed from nginx's server for \\*\\.interactivetool\\.localhost .*http://localhost:${port}/$`,
		),
	);
	for (const name of ["front prefix", "front names", "nginx"])
		assert.match(of(name).join(), /^good .*(reach|all that tools need)/, name);
});
