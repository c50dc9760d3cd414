import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scratchFolder } from "../support/folders.js";
import { KEY, startToolMap, TOKEN } from "../support/tools.js";
import { examine, expectDiagnosis } from "./examined.js";

const LOCAL = 'local: {load: "galaxy.jobs.runners.local:LocalJobRunner"}';
const SLURM = 'slurm: {load: "galaxy.jobs.runners.slurm:SlurmJobRunner"}';

for (const [what, runner, env, verdict, problem, remedy] of [
	[
		"on another engine",
		"local",
		', env: [{name: DOCKER_HOST, value: "tcp://10.1.2.3:2376"}]',
		"wrong",
		/1 of 1 rows lead to this host itself .* engine at 10\.1\.2\.3/,
		/get_ip_method: "command:echo 10\.1\.2\.3"/,
	],
	[
		"on a cluster",
		"slurm",
		"",
		"doubtful",
		/1 of 1 rows lead to this host itself .* on a cluster/,
		/command:hostname -f/,
	],
] as const)
	test(`a row leads to this host, and containers run ${what}`, async (t) => {
		const map = startToolMap(t);
		await map.put(KEY, TOKEN, "0.0.0.0", 1);
		const file = join(scratchFolder(t), "galaxy.yml");
		writeFileSync(
			file,
			`galaxy:
  interactivetools_enable: true
  interactivetools_map: ${map.path}
  job_config:
    runners: {${LOCAL}, ${SLURM}}
    execution: {environments: {it: {runner: ${runner}, docker_enabled: true${env}}}}`,
		);
		const examined = await examine(["--config", file, "--port", "1"]);
		expectDiagnosis(examined, {
			name: "tool rows",
			verdict,
			what: problem,
			remedy,
		});
		assert.doesNotMatch(examined.stdout, new RegExp(TOKEN));
	});

test("rows of Kubernetes' ingress, and targets of tools", async (t) => {
	const map = startToolMap(t);
	await map.put(KEY, TOKEN, "manual", 8888);
	await map.put("other", TOKEN, "127.0.0.1", 1025);
	const examined = await examine(["--sessions", map.path, "--port", "1"]);
	const rows = examined.findings.filter(({ name }) => name === "rows");
	assert.ok(
		rows.some(({ what }) => /1 of 2 rows with the host manual/.test(what)),
	);
	expectDiagnosis(examined, {
		name: "target",
		verdict: "doubtful",
		what: /127\.0\.0\.1:1025 .*refuses connections/,
		remedy: /If Galaxy was restarted meanwhile, the row stays/,
	});
});
