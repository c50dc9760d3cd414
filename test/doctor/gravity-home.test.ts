import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { examine, expectDiagnosis } from "./examined.js";
import { examineGalaxy, galaxyFolder } from "./galaxy-file.js";

const skip =
	process.getuid?.() !== 0 && "only root can give a folder to another account";
const NOBODY = 65_534;

for (const [what, home, problem, remedy] of [
	[
		"HOME does not exist",
		"@/gone",
		/HOME of .* does not exist/,
		/Set HOME to a folder/,
	],
	["npm's cache is root's", "@/home", /\.npm, npm's cache.*uid 0/, /chown -R/],
] as const)
	test(`${what}, so npx ends without a word`, { skip }, async (t) => {
		const root = galaxyFolder(t, {
			"config/galaxy.yml": `gravity:
  process_manager: supervisor
  galaxy_root: "@"
  gx_it_proxy: {enable: true, port: 1, environment: {HOME: "${home}"}}
galaxy: {interactivetools_enable: true, data_dir: "@/data"}`,
			"home/.npm/_npx/file": "",
		});
		mkdirSync(join(root, "data"));
		chownSync(join(root, "data"), NOBODY, NOBODY);
		chownSync(join(root, "home"), NOBODY, NOBODY);
		chmodSync(root, 0o755);
		expectDiagnosis(
			await examine(["--config", join(root, "config/galaxy.yml")]),
			{
				name: "gravity home",
				what: problem,
				remedy,
			},
		);
	});

test("the account of systemd's service does not exist", async (t) => {
	const examined = await examineGalaxy(
		t,
		`gravity: {process_manager: systemd, galaxy_user: no-such-account, gx_it_proxy: {enable: true, port: 1}}
galaxy: {interactivetools_enable: true}`,
	);
	expectDiagnosis(examined, {
		name: "gravity home",
		verdict: "doubtful",
		what: /is no-such-account, and this host has no such account/,
		remedy: /Correct galaxy_user/,
	});
});
