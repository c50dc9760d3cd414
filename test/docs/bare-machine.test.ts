import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { read, repository, scratchFolder } from "../support/folders.js";

const [, chapter = ""] = read("docs/install.md").split(
	"\n## From a bare machine to an open tool\n",
);
const [steps = ""] = chapter.split("\n## ");

/** The commands of one numbered step, without the prompt. */
function commandsOf(step: number): string {
	const [, text = ""] = steps.split(`\n${step}. `);
	const [, block = ""] = text.split("```console\n");
	const [commands = ""] = block.split("   ```");
	return commands.replaceAll(/^ {3}(\$ )?/gm, "");
}

test("the commands of docs/install.md write Galaxy's files for a first tool", (t) => {
	const folder = scratchFolder(t);
	const etc = join(folder, "etc");
	mkdirSync(etc);
	mkdirSync(join(folder, "tools"));
	const program = join(repository, "bin/galaxy-proxy.js");
	const commands = commandsOf(3)
		.replaceAll("galaxy-proxy front", `'${process.execPath}' ${program} front`)
		.replaceAll('"/etc/galaxy/"', `"${etc}/"`)
		.replaceAll(/ \/etc\/galaxy\/(?=\w+\.(?:yml|xml)(?: |$))/gm, ` ${etc}/`);
	const run = spawnSync("bash", ["-e", "-c", commands], {
		cwd: folder,
		encoding: "utf8",
	});
	assert.deepEqual([run.status, run.stderr], [0, ""]);
	const { galaxy, gravity } = parse(
		readFileSync(join(etc, "galaxy.yml"), "utf8"),
	);
	assert.equal(gravity.galaxy_root, "/srv/galaxy");
	assert.equal(gravity.gx_it_proxy.enable, true);
	assert.equal(gravity.gx_it_proxy.sessions, galaxy.interactivetools_map);
	assert.equal(galaxy.galaxy_infrastructure_url, "http://localhost");
	assert.equal(galaxy.data_dir, "/var/lib/galaxy");
	const jobs = parse(readFileSync(join(etc, "job_conf.yml"), "utf8"));
	const [tool] = jobs.tools;
	assert.equal(tool.id, "first_tool");
	assert.ok(tool.environment in jobs.execution.environments);
	const xml = readFileSync(join(folder, "tools/first_tool.xml"), "utf8");
	assert.ok(xml.includes('id="first_tool"'));
	const list = readFileSync(join(etc, "tool_conf.xml"), "utf8");
	assert.ok(list.includes("/srv/galaxy/tools/first_tool.xml"));
});

test("it counts its commands right", () => {
	const [, counted] = /\b(\d+) commands\b/.exec(steps) ?? [];
	const commands = steps.match(/^ {3}\$ /gm) ?? [];
	assert.equal(Number(counted), commands.length);
});
