import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { scratchFolder } from "../support/folders.js";
import { examine, expectDiagnosis, startPackage } from "./examined.js";
import { examineGalaxy, galaxyFolder } from "./galaxy-file.js";

const NAME = "map places";
const GRAVITY = `gravity: {galaxy_root: "@", gx_it_proxy: {enable: true, port: 1`;
const TOOLS = "interactivetools_enable: true";
const URL = "postgresql://galaxy:secret-word@db.example/tools";

test("unset on both sides, the maps are two files", async (t) => {
	const galaxy = `${GRAVITY}}}\ngalaxy: {${TOOLS}, data_dir: "@/data"}`;
	expectDiagnosis(await examineGalaxy(t, galaxy), {
		name: NAME,
		what: /Galaxy writes \S+\/data\/interactivetools_map\.sqlite \(Galaxy's default.*gravity starts the proxy with \S+\/database\/interactivetools_map\.sqlite \(gravity's default\)/,
		remedy:
			/interactivetools_map: \S+\/data\/interactivetools_map\.sqlite in the section galaxy/,
	});
});

test("gravity's own setting is another file", async (t) => {
	const galaxy = `${GRAVITY}, sessions: "@/other.sqlite"}}\ngalaxy: {${TOOLS}, data_dir: "@/data"}`;
	expectDiagnosis(await examineGalaxy(t, galaxy), {
		name: NAME,
		what: /\/other\.sqlite \(gx_it_proxy\.sessions in /,
		remedy: /interactivetools_map: /,
	});
});

test("one setting for both is good, a relative path too", async (t) => {
	const galaxy = `${GRAVITY}}}\ngalaxy: {${TOOLS}, interactivetools_map: maps/tools.sqlite, data_dir: "@/data"}`;
	const { findings } = await examineGalaxy(t, galaxy);
	const found = findings.filter(({ name }) => name === NAME);
	assert.deepEqual(
		found.map(({ verdict }) => verdict),
		["good"],
		JSON.stringify(found),
	);
});

test("gravity does not pass on the URL of a database", async (t) => {
	const galaxy = `${GRAVITY}}}\ngalaxy: {${TOOLS}, interactivetoolsproxy_map: "${URL}", interactivetools_map: "@/m.sqlite"}`;
	const examined = await examineGalaxy(t, galaxy);
	expectDiagnosis(examined, {
		name: NAME,
		what: /Galaxy writes postgresql:\/\/galaxy@db\.example\/tools .*gravity starts the proxy with \S+\/m\.sqlite/,
		remedy: /gx_it_proxy\.sessions .*same URL, and remove interactivetools_map/,
	});
	assert.doesNotMatch(examined.stdout, /secret-word/);
});

test("the URL in gravity's section, or in the proxy's environment, is good", async (t) => {
	for (const more of [
		`sessions: "${URL}"`,
		`environment: {GALAXY_PROXY_SESSIONS: "${URL}"}`,
	]) {
		const galaxy = `${GRAVITY}, ${more}}}\ngalaxy: {${TOOLS}, interactivetoolsproxy_map: "${URL}"}`;
		const { findings, stdout } = await examineGalaxy(t, galaxy);
		const found = findings.find(({ name }) => name === NAME);
		assert.equal(found?.verdict, "good", JSON.stringify(found));
		assert.doesNotMatch(stdout, /secret-word/);
	}
});

test("the running proxy reads another map", {
	skip: process.platform !== "linux" && "processes are found in /proc",
}, async (t) => {
	const other = join(scratchFolder(t), "other.sqlite");
	const answer = "response.end()";
	const { args } = await startPackage(t, {
		version: "1.0.0",
		map: other,
		answer,
	});
	const port = args.at(-1);
	const root = galaxyFolder(t, {
		"galaxy.yml": `gravity: {galaxy_root: "@", gx_it_proxy: {enable: true, ip: 127.0.0.1, port: ${port}}}
galaxy: {${TOOLS}, interactivetools_map: "@/m.sqlite"}`,
	});
	expectDiagnosis(await examine(["--config", join(root, "galaxy.yml")]), {
		name: NAME,
		what: /Galaxy writes \S+\/m\.sqlite .*the running proxy, process \d+, reads \S+\/other\.sqlite/,
		remedy: /galaxyctl restart gx-it-proxy/,
	});
});
