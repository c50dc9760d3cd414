import { test } from "node:test";
import { expectDiagnosis } from "./examined.js";
import { examineGalaxy } from "./galaxy-file.js";

const GALAXY =
	"galaxy: {interactivetools_enable: true, interactivetools_map: map.sqlite}";

test("of several instances in gravity's own file the one with Galaxy's file counts", async (t) => {
	const examined = await examineGalaxy(t, GALAXY, {
		"config/gravity.yml": `gravity:
  - {galaxy_config_file: other.yml, gx_it_proxy: {enable: true, port: 4101}}
  - {galaxy_config_file: galaxy.yml, gx_it_proxy: {enable: true, port: 4102}}`,
	});
	expectDiagnosis(examined, {
		name: "gravity address",
		what: /on localhost:4102 \(gx_it_proxy in \S+\/gravity\.yml\)/,
		remedy: /^Give doctor --ip localhost --port 4102/,
	});
});
