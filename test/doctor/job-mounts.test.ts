import assert from "node:assert/strict";
import {
	chmodSync,
	chownSync,
	mkdirSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { scratchFolder } from "../support/folders.js";
import { type Examined, examine, expectDiagnosis } from "./examined.js";
import { galaxyFolder } from "./galaxy-file.js";

const NAME = "job mounts";

interface Site {
	/** More of the destination. */
	destination?: string;
	/** More of Galaxy's section; @/ is Galaxy's root. */
	galaxy?: string;
	flags?: readonly string[];
	/** Called with Galaxy's root, before doctor runs. */
	prepare?: (root: string) => void;
}

/** A Galaxy whose own file is outside of its root. */
async function examineSite(
	t: TestContext,
	{ destination = "", galaxy = "", flags = [], prepare }: Site,
): Promise<Examined> {
	const root = galaxyFolder(t, {
		"job_conf.yml": `runners: {local: {load: "galaxy.jobs.runners.local:LocalJobRunner"}}
execution: {environments: {docker_it: {runner: local, docker_enabled: true${destination}}}}`,
		"token.txt": "secret-word-of-sixteen",
	});
	prepare?.(root);
	const file = join(scratchFolder(t), "galaxy.yml");
	writeFileSync(
		file,
		`galaxy: {interactivetools_enable: true, root_dir: ${root}, job_config_file: ${root}/job_conf.yml, data_dir: ${scratchFolder(t)}${galaxy.replaceAll("@/", `${root}/`)}}`,
	);
	const more = flags.map((flag) => flag.replace("@/", `${root}/`));
	return await examine(["--config", file, ...more]);
}

function wrongs({ findings }: Examined): string[] {
	return findings
		.filter(({ name, verdict }) => name === NAME && verdict === "wrong")
		.map(({ what }) => what);
}

test("the map is below Galaxy's root, which Docker jobs mount", async (t) => {
	const galaxy = ", interactivetools_map: database/tools.sqlite";
	const examined = await examineSite(t, { galaxy });
	expectDiagnosis(examined, {
		name: NAME,
		what: /^the map, \S+\/database\/tools\.sqlite, is below \S+, which containers mount by docker_volumes of docker_it in \S+ \(\$galaxy_root\)/,
		remedy:
			/interactivetools_map: \/var\/lib\/galaxy-proxy\/interactivetools_map\.sqlite .*gx_it_proxy\.sessions/,
	});
	assert.equal(wrongs(examined).length, 1);
});

for (const [what, galaxy, remedy] of [
	[
		"and its other files stay",
		"",
		/^Move it, for example to \/etc\/galaxy\/galaxy\.yml\. Add config_dir: (\S+)\/config to its section galaxy, because .* stay there\. Start Galaxy with galaxyctl --config-file/,
	],
	[
		"whose config_dir is set",
		"\n  config_dir: /srv/config",
		/^Move it, for example to \/etc\/galaxy\/galaxy\.yml\. Start Galaxy with/,
	],
] as const)
	test(`Galaxy's file is below its root, ${what}`, async (t) => {
		const root = galaxyFolder(t, {
			"job_conf.yml": `runners: {local: {load: "galaxy.jobs.runners.local:LocalJobRunner"}}
execution: {environments: {docker_it: {runner: local, docker_enabled: true}}}`,
			"config/galaxy.yml": `galaxy:
  interactivetools_enable: true
  root_dir: "@"
  job_config_file: "@/job_conf.yml"${galaxy}`,
		});
		expectDiagnosis(
			await examine(["--config", join(root, "config/galaxy.yml")]),
			{ name: NAME, what: /^Galaxy's file, /, remedy },
		);
	});

test("outside of it nothing is wrong", async (t) => {
	const { findings } = await examineSite(t, {});
	const found = findings.filter(({ name }) => name === NAME);
	assert.deepEqual(
		found.map(({ verdict }) => verdict),
		["good"],
		JSON.stringify(found),
	);
});

test("a volume of its own", async (t) => {
	const galaxy = ", interactivetools_map: /srv/tools/map.sqlite";
	const destination = ', docker_volumes: "/srv:/data:ro"';
	expectDiagnosis(await examineSite(t, { galaxy, destination }), {
		name: NAME,
		what: /is below \/srv, .*\(\/srv\)/,
		remedy: /interactivetools_map: /,
	});
});

test("without $defaults Galaxy's root is not mounted", async (t) => {
	const galaxy = ", interactivetools_map: database/tools.sqlite";
	const destination = ', docker_volumes: "$working_directory:rw"';
	assert.deepEqual(wrongs(await examineSite(t, { galaxy, destination })), []);
});

test("a secret of ours", async (t) => {
	const flags = ["--admin", "127.0.0.1:1", "--admin-token-file", "@/token.txt"];
	const examined = await examineSite(t, { flags });
	expectDiagnosis(examined, {
		name: NAME,
		what: /the secret of --admin-token-file, \S+\/token\.txt/,
		remedy: /\/var\/lib\/galaxy-proxy.*change --admin-token-file/,
	});
	assert.doesNotMatch(examined.stdout, /secret-word/);
});

test("a link that leads out of the mount does not count", async (t) => {
	const outside = scratchFolder(t);
	const galaxy = ", interactivetools_map: linked/tools.sqlite";
	const prepare = (root: string) => symlinkSync(outside, join(root, "linked"));
	assert.deepEqual(wrongs(await examineSite(t, { galaxy, prepare })), []);
});

test("a secret that Galaxy's user may not read is safe", {
	skip: process.getuid?.() !== 0 && "only root can give files to others",
}, async (t) => {
	const flags = ["--admin", "127.0.0.1:1", "--admin-token-file", "@/token.txt"];
	const galaxy = ", database_connection: x, data_dir: '@/data'";
	const prepare = (root: string) => {
		chmodSync(join(root, "token.txt"), 0o600);
		mkdirSync(join(root, "data"));
		chownSync(join(root, "data"), 65_534, 65_534);
	};
	const found = wrongs(await examineSite(t, { flags, galaxy, prepare }));
	assert.ok(
		found.every((what) => !what.includes("token.txt")),
		`${found}`,
	);
});

test("the folder in which doctor runs is not taken for Galaxy's root", async (t) => {
	const root = galaxyFolder(t, {
		"a/config/galaxy.yml":
			"galaxy: {interactivetools_enable: true, data_dir: '@/data', job_config: {runners: {local: {load: 'galaxy.jobs.runners.local:LocalJobRunner'}}, execution: {environments: {docker_it: {runner: local, docker_enabled: true}}}}}",
	});
	const args = ["--config", join(root, "a/config/galaxy.yml")];
	const examined = await examine(args, { cwd: root });
	assert.deepEqual(wrongs(examined), []);
	const found = examined.findings.find(({ name }) => name === NAME);
	assert.equal(found?.verdict, "unchecked");
	assert.match(found.what, /Galaxy's root folder, which most mount, is not/);
	assert.match(found.remedy, /galaxy_root/);
});
