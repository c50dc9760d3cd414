import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Diagnosis, type Examined, expectDiagnosis } from "./examined.js";
import { examineGalaxy } from "./galaxy-file.js";

const GALAXY = "galaxy: {interactivetools_enable: true}";
const RUNNERS = `runners:
  local: {load: "galaxy.jobs.runners.local:LocalJobRunner"}
  slurm: {load: "galaxy.jobs.runners.slurm:SlurmJobRunner"}
  pulsar: {load: "galaxy.jobs.runners.pulsar:PulsarEmbeddedJobRunner"}
  k8s: {load: "galaxy.jobs.runners.kubernetes:KubernetesJobRunner"}
`;
const WELL =
	"runner: local, docker_enabled: true, require_container: true, container_monitor_command: /bin/sh";

/** Of one environment. */
function conf(environment: string): string {
	return `${RUNNERS}execution: {default: it, environments: {it: {${environment}}}}`;
}

const CASES: [string, environment: string, Diagnosis][] = [
	[
		"no destination runs containers",
		"runner: local",
		{
			name: "job conf",
			what: /no destination in .*job_conf\.yml has docker_enabled/,
			remedy: /docker_enabled: true/,
		},
	],
	[
		"require_container is missing",
		"runner: slurm, docker_enabled: true",
		{
			name: "job conf",
			verdict: "doubtful",
			what: /it in .* has no require_container.*runs on the host/,
			remedy: /require_container: true/,
		},
	],
	[
		"containers have no network",
		`${WELL}, docker_net: none`,
		{
			name: "job conf",
			what: /docker_net: none/,
			remedy: /docker_net: bridge/,
		},
	],
	[
		"the monitor's default is not there, as after pip install",
		"runner: local, docker_enabled: true, require_container: true",
		{
			name: "job monitor",
			what: /no container_monitor_command, .*monitor\.py, does not exist/,
			remedy: /container_monitor_command: .*bin\/galaxy-container-monitor/,
		},
	],
	[
		"the monitor's command is not there",
		`${WELL.replace("/bin/sh", "/nowhere/monitor --x")}`,
		{
			name: "job monitor",
			what: /is \/nowhere\/monitor, which does not exist/,
			remedy: /container_monitor_command/,
		},
	],
	[
		"the monitor is off",
		`${WELL}, container_monitor: false`,
		{
			name: "job monitor",
			what: /container_monitor: false/,
			remedy: /Remove the line/,
		},
	],
	[
		"docker_host without the variable",
		`${WELL}, docker_host: "unix:///srv/docker.sock"`,
		{
			name: "job monitor",
			what: /docker_host without DOCKER_HOST in env/,
			remedy:
				/env: \[\{name: DOCKER_HOST, value: "unix:\/\/\/srv\/docker\.sock"\}\]/,
		},
	],
	[
		"a remote engine without its address",
		`${WELL}, env: [{name: DOCKER_HOST, value: "tcp://10.1.2.3:2376"}]`,
		{
			name: "job monitor",
			what: /engine at 10\.1\.2\.3, but without container_monitor_get_ip_method/,
			remedy: /command:echo 10\.1\.2\.3/,
		},
	],
	[
		"a way to the address that Galaxy does not know",
		`${WELL}, container_monitor_get_ip_method: "10.1.2.3"`,
		{
			name: "job monitor",
			what: /Galaxy knows only commands/,
			remedy: /command:echo/,
		},
	],
	[
		"ports come by callback",
		`${WELL}, container_monitor_result: callback`,
		{
			name: "job monitor",
			verdict: "doubtful",
			what: /callback: each container .* report any address/,
			remedy: /file.*--allow-target/,
		},
	],
];

for (const [what, environment, diagnosis] of CASES)
	test(what, async (t) =>
		expectDiagnosis(await examine(t, conf(environment)), diagnosis),
	);

function examine(t: TestContext, text: string): Promise<Examined> {
	return examineGalaxy(t, GALAXY, { "config/job_conf.yml": text });
}

function verdictsOf({ findings }: Examined, name = "job conf"): string[] {
	return findings
		.filter((each) => each.name === name)
		.map(({ verdict }) => verdict);
}

test("Kubernetes, Pulsar and rules are not judged", async (t) => {
	for (const environment of [
		"runner: k8s, docker_enabled: true, container_monitor: false",
		"runner: pulsar, docker_enabled: true",
		"runner: dynamic_tpv, type: python",
	]) {
		const examined = await examine(t, conf(environment));
		assert.deepEqual(verdictsOf(examined), ["unchecked"], environment);
		assert.deepEqual(verdictsOf(examined, "job monitor"), [], environment);
	}
});

test("Pulsar and Kubernetes run containers, but no tool gets there", async (t) => {
	const text = `${RUNNERS}execution: {default: local, environments: {local: {runner: local}, p: {runner: pulsar, docker_enabled: true}, k: {runner: k8s, docker_enabled: true}}}`;
	expectDiagnosis(await examine(t, text), {
		name: "job conf",
		verdict: "doubtful",
		what: /^p, k in .* no tool is mapped there/,
		remedy: /environment: p/,
	});
});

test("without a job configuration no tool gets a container", async (t) => {
	expectDiagnosis(await examineGalaxy(t, GALAXY), {
		name: "job conf",
		what: /no job configuration/,
		remedy: /job_conf\.yml/,
	});
});

test("a configuration within galaxy.yml counts", async (t) => {
	const inline = `${GALAXY.slice(0, -1)}, job_config: {runners: {l: {load: "galaxy.jobs.runners.local:LocalJobRunner"}}, execution: {environments: {it: {${WELL.replace("local", "l")}}}}}}`;
	const examined = await examineGalaxy(t, inline);
	assert.deepEqual(verdictsOf(examined), ["good"]);
	assert.deepEqual(verdictsOf(examined, "job monitor"), ["good"]);
});

test("job_conf.xml of old sites is read", async (t) => {
	const xml = `<?xml version="1.0"?><job_conf>
<plugins><plugin id="local" type="runner" load="galaxy.jobs.runners.local:LocalJobRunner"/></plugins>
<destinations default="local"><destination id="local" runner="local"/>
<!-- <destination id="old" runner="local"><param id="docker_enabled">true</param></destination> -->
<destination id="docker" runner="local"><param id="docker_enabled">true</param><param id="docker_host">tcp://10.1.2.3:2375</param></destination>
</destinations><tools><tool id="it" destination="docker"/></tools></job_conf>`;
	const files = { "config/job_conf.xml": xml };
	const examined = await examineGalaxy(t, GALAXY, files);
	expectDiagnosis(examined, {
		name: "job conf",
		verdict: "doubtful",
		what: /^docker in .*job_conf\.xml has no require_container/,
		remedy: /<param id="require_container">true<\/param>/,
	});
	expectDiagnosis(examined, {
		name: "job monitor",
		what: /^docker in .* docker_host without/,
		remedy: /<env id="DOCKER_HOST">tcp:\/\/10\.1\.2\.3:2375<\/env>/,
	});
});

test("a destination that no tool reaches", async (t) => {
	const text = `${RUNNERS}execution: {default: local, environments: {local: {runner: local}, docker: {${WELL}}}}`;
	expectDiagnosis(await examine(t, text), {
		name: "job conf",
		verdict: "doubtful",
		what: /docker in .* no tool is mapped there, and the default is local/,
		remedy: /environment: docker/,
	});
});
