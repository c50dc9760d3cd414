import assert from "node:assert/strict";
import { test } from "node:test";
import { expectDiagnosis } from "./examined.js";
import { examineGalaxy } from "./galaxy-file.js";

const GALAXY =
	"galaxy: {interactivetools_enable: true, interactivetools_map: map.sqlite}";

test("of several instances in gravity's own file the one with Galaxy's file counts", async (t) => {
	const examined = await examineGalaxy(t, GALAXY, {
		"config/gravity.yml": `gravity:
  - {galaxy_config_file: other.yml, gx_it_proxy: {enable: true, port: 4101}}
  - {galaxy_config_file: galaxy.yml, gx_it_proxy: {enable: true, ip: 127.0.0.1, port: 4102}}`,
	});
	const found = examined.findings.find(
		({ name }) => name === "gravity address",
	);
	assert.equal(found?.verdict, "good");
	assert.match(found?.what ?? "", /on 127\.0\.0\.1:4102/);
});

test("gravity's section in another folder is found by a link", async (t) => {
	const examined = await examineGalaxy(t, GALAXY, {
		"elsewhere/gravity.yml":
			"gravity: {gx_it_proxy: {enable: true, port: 4101}}",
	});
	expectDiagnosis(examined, {
		name: "gravity",
		verdict: "doubtful",
		what: /galaxy\.yml has no section gravity/,
		remedy:
			/another folder: ln -s THAT_FILE \S+\/config\/gravity\.yml, run doctor again, and remove the link, .*galaxy_config_file must be absolute/,
	});
});

test("gravity refuses a list in a file that has Galaxy's own section", async (t) => {
	const list = "gravity: [{gx_it_proxy: {enable: true}}]";
	const examined = await examineGalaxy(t, `${GALAXY}\n${list}`);
	expectDiagnosis(examined, {
		name: "gravity",
		verdict: "wrong",
		what: /refuses .*galaxy\.yml: its section gravity is a list/,
		remedy: /^Write one map/,
	});
});

for (const section of [
	"gravity: {gx_it_proxy: true}",
	"gravity: {gx_it_proxy: [{enable: true}]}",
])
	test(`gx_it_proxy must be a map: ${section}`, async (t) => {
		const examined = await examineGalaxy(t, `${GALAXY}\n${section}`);
		expectDiagnosis(examined, {
			name: "gravity",
			verdict: "doubtful",
			what: /gx_it_proxy is not a map in/,
			remedy: /^Set gx_it_proxy: \{enable: true\}/,
		});
		const found = examined.findings.filter(({ name }) => name === "gravity");
		assert.equal(found.length, 1, JSON.stringify(found));
	});
