import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { examine, expectDiagnosis } from "./examined.js";
import { examineGalaxy, galaxyFolder } from "./galaxy-file.js";

const GALAXY = "galaxy: {interactivetools_enable: true}";
const RUNNERS = `runners: {local: {load: "galaxy.jobs.runners.local:LocalJobRunner"}}`;
const WELL =
	"runner: local, docker_enabled: true, require_container: true, container_monitor_command: /bin/sh";

function conf(environment: string, more = ""): string {
	return `${RUNNERS}\nexecution: {${more}environments: {it: {${environment}}}}\n`;
}

test("containers with the host's network publish no port", async (t) => {
	const text = conf(`${WELL}, docker_net: host`);
	const files = { "config/job_conf.yml": text };
	expectDiagnosis(await examineGalaxy(t, GALAXY, files), {
		name: "job conf",
		what: /docker_net: host: Docker publishes no port/,
		remedy: /docker_net: bridge/,
	});
});

test("the default names no environment", async (t) => {
	const text = conf(WELL, "default: its, ");
	const files = { "config/job_conf.yml": text };
	expectDiagnosis(await examineGalaxy(t, GALAXY, files), {
		name: "job conf",
		what: /default in .* is its, which is not an environment/,
		remedy: /add the environment its/,
	});
});

test("the environment that doctor suggests has a monitor", async (t) => {
	const files = { "config/job_conf.yml": conf("runner: local") };
	expectDiagnosis(await examineGalaxy(t, GALAXY, files), {
		name: "job conf",
		what: /no destination .* has docker_enabled/,
		remedy: /container_monitor_command: .*bin\/galaxy-container-monitor}/,
	});
});

test("a broken file is named once", async (t) => {
	const files = { "config/job_conf.yml": "runners: {local: {\nexecution: ]\n" };
	const { findings } = await examineGalaxy(t, GALAXY, files);
	const { what } = findings.find(({ name }) => name === "job conf") ?? {};
	assert.match(what ?? "", /cannot read its job configuration: \S+ line 2:/);
});

test("parameters of job_conf.xml come from the environment or Galaxy's file", async (t) => {
	const xml = `<job_conf>
<plugins><plugin id="local" type="runner" load="galaxy.jobs.runners.local:LocalJobRunner"/></plugins>
<destinations><destination id="it" runner="local">
<param id="docker_enabled" from_config="interactivetools_enable">false</param>
<param id="require_container" from_environ="NEVER_SET_ANYWHERE">true</param>
<param id="docker_net" from_environ="PATH">bridge</param>
<param id="container_monitor_command">/bin/sh</param>
</destination></destinations></job_conf>`;
	const files = { "config/job_conf.xml": xml };
	const { findings } = await examineGalaxy(t, GALAXY, files);
	const found = findings.filter(({ name }) => /^job (conf|monitor)/.test(name));
	assert.deepEqual(
		found.filter(({ verdict }) => verdict !== "good"),
		[],
	);
	assert.match(found[0]?.what ?? "", /can get containers in it/);
});

test("gravity's variable limits where rows of a callback may lead", async (t) => {
	const text = conf(`${WELL}, container_monitor_result: callback`);
	const files = { "config/job_conf.yml": text };
	const gravity = (environment: string) =>
		`gravity: {gx_it_proxy: {enable: true, port: 1, environment: {${environment}}}}\n${GALAXY}`;
	expectDiagnosis(await examineGalaxy(t, gravity(""), files), {
		name: "job monitor",
		verdict: "doubtful",
		what: /callback/,
		remedy: /GALAXY_PROXY_ALLOW_TARGET: 10\.1\.2\.0\/24/,
	});
	const limited = gravity("GALAXY_PROXY_ALLOW_TARGET: 10.1.2.0/24");
	const { findings } = await examineGalaxy(t, limited, files);
	const found = findings.filter(({ name }) => name === "job monitor");
	assert.deepEqual(
		found.map(({ verdict }) => verdict),
		["good"],
	);
});

/** A job_conf.xml of one destination with Docker, and one without. */
function xmlConf(attributes: string, params = "", more = ""): string {
	return `<job_conf>${more}
<plugins><plugin id="local" type="runner" load="galaxy.jobs.runners.local:LocalJobRunner"/></plugins>
<destinations ${attributes}><destination id="host" runner="local"/><destination id="it" runner="local">
<param id="docker_enabled">true</param><param id="require_container">true</param>${params}
<param id="container_monitor_command">/bin/sh</param></destination></destinations></job_conf>`;
}

for (const [what, conf, verdict, text] of [
	[
		"comes from Galaxy's file",
		xmlConf('default_from_config="interactivetools_prefix" default="host"'),
		"good",
		/can get containers in it/,
	],
	[
		"comes from the environment",
		xmlConf('default_from_environ="DESTINATION" default="host"'),
		"good",
		/can get containers in it/,
	],
	[
		"comes from a variable that doctor has not",
		xmlConf('default_from_environ="NEVER_SET" default="its"'),
		"unchecked",
		/depends on NEVER_SET, not set for doctor; without that the default in .* is its,/,
	],
	[
		"may be made by a macro",
		xmlConf('default="its"', "", "<macros><xml name='x'/></macros>"),
		"unchecked",
		/depends on the macros of .* it in .* no tool is mapped there/,
	],
] as const)
	test(`the default of job_conf.xml ${what}`, async (t) => {
		const root = galaxyFolder(t, {
			"config/galaxy.yml": `${GALAXY.slice(0, -1)}, interactivetools_prefix: it}`,
			"config/job_conf.xml": conf,
		});
		const args = ["--config", join(root, "config/galaxy.yml")];
		const env = { DESTINATION: "it" };
		const { findings } = await examine(args, { env });
		const [found] = findings.filter(({ name }) => name === "job conf");
		assert.equal(found?.verdict, verdict, JSON.stringify(found));
		assert.match(found?.what ?? "", text);
	});

test("a parameter comes from a variable that doctor has not", async (t) => {
	const param = '<param id="docker_net" from_environ="NEVER_SET">host</param>';
	const files = { "config/job_conf.xml": xmlConf('default="it"', param) };
	const { findings } = await examineGalaxy(t, GALAXY, files);
	const [, found] = findings.filter(({ name }) => name === "job conf");
	assert.equal(found?.verdict, "unchecked", JSON.stringify(found));
	assert.match(found?.what ?? "", /depends on NEVER_SET, .*docker_net: host/);
	assert.match(
		found?.remedy ?? "",
		/with NEVER_SET as Galaxy's service has it/,
	);
});
