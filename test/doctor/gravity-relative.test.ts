import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { examine, expectDiagnosis } from "./examined.js";
import { galaxyFolder } from "./galaxy-file.js";

test("relative folders of gravity's depend on where galaxyctl is run", async (t) => {
	const root = galaxyFolder(t, {
		"config/galaxy.yml": `gravity: {process_manager: supervisor, galaxy_root: ., virtualenv: .venv, gx_it_proxy: {enable: true, port: 1}}
galaxy: {interactivetools_enable: true, data_dir: "@/data"}`,
		".venv/bin/python": "",
	});
	const config = join(root, "config/galaxy.yml");
	const examined = await examine(["--config", config], { cwd: root });
	expectDiagnosis(examined, {
		name: "gravity",
		verdict: "doubtful",
		what: /^galaxy_root and virtualenv in \S+ are relative:/,
		remedy: /^Write galaxy_root: \/\S+ and virtualenv: \/\S+\/\.venv, if/,
	});
	const node = examined.findings.find(({ name }) => name === "gravity node");
	assert.ok(node?.what.includes(join(root, ".venv/bin/npx")), node?.what);
});
