import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { examine, expectDiagnosis } from "./examined.js";
import { galaxyFolder } from "./galaxy-file.js";

const skip =
	process.getuid?.() !== 0 && "only root can give a folder to another account";
const NOBODY = 65_534;
const PACKAGE = "node_modules/@galaxyproject/gx-it-proxy";
const PROGRAM = `${PACKAGE}/bin/gx-it-proxy.js`;

for (const [what, path, mode, problem, cure] of [
	[
		"node_modules, as root leaves it with a strict umask",
		"node_modules",
		0o700,
		/may not enter \S+\/node_modules$/,
		/^chmod -R go\+rX \S+\/node_modules, then galaxyctl restart/,
	],
	[
		"the built program",
		`${PACKAGE}/dist`,
		0o700,
		/may not enter \S+\/dist$/,
		/^chmod -R go\+rX \S+\/node_modules,/,
	],
	[
		"a file of the package",
		`${PACKAGE}/lib/main.js`,
		0o600,
		/may not read \S+\/lib\/main\.js$/,
		/^chmod -R go\+rX \S+\/node_modules,/,
	],
	[
		"the program that npx executes",
		PROGRAM,
		0o644,
		/may not execute \S+\/bin\/gx-it-proxy\.js$/,
		/^chmod a\+x \S+\/bin\/\*\.js,/,
	],
	[
		"Galaxy's folder, of which no other file is to be opened",
		".",
		0o700,
		/may not enter \S+$/,
		/^setfacl -m u:nobody:x \S+ \(setfacl is in Debian.s package acl\), then/,
	],
] as const)
	test(`the service may not use ${what}`, { skip }, async (t) => {
		const root = galaxyFolder(t, {
			"config/galaxy.yml": `gravity:
  process_manager: supervisor
  galaxy_root: "@"
  gx_it_proxy: {enable: true, port: 1}
galaxy: {interactivetools_enable: true, data_dir: "@/data"}`,
			[`${PACKAGE}/package.json`]:
				'{"name": "@galaxyproject/gx-it-proxy", "version": "1.0.0"}',
			[`${PACKAGE}/lib/main.js`]: "",
			[`${PACKAGE}/dist/main.js`]: "",
			[PROGRAM]: "",
			"node_modules/.bin/gx-it-proxy": "",
		});
		mkdirSync(join(root, "data"));
		chownSync(join(root, "data"), NOBODY, NOBODY);
		chmodSync(root, 0o755);
		chmodSync(join(root, PROGRAM), 0o755);
		chmodSync(join(root, path), mode);
		expectDiagnosis(
			await examine(["--config", join(root, "config/galaxy.yml")]),
			{ name: "gravity", what: problem, remedy: cure },
		);
	});
