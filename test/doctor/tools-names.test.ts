import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedLabels } from "../../src/commands/doctor/public/name-checks.js";
import { examine, expectDiagnosis } from "./examined.js";
import { examineGalaxy } from "./galaxy-file.js";
import { startToolsSite } from "./tools-site.js";

/** Nobody's port, to which no nginx of this host leads. */
const GRAVITY = "gravity: {gx_it_proxy: {enable: true, port: 1}}\n";

test("below an address there are no names for tools", async (t) => {
	const { url, args } = await startToolsSite(t);
	const byAddress = url.replace("localhost", "127.0.0.1");
	expectDiagnosis(await examine([...args, "--url", byAddress]), {
		name: "tool names",
		what: /is an address, and no host name can be below it/,
		remedy: /Give Galaxy a name/,
	});
});

test("Galaxy's file alone gives a finding on each check of the public way", async (t) => {
	const { url } = await startToolsSite(t);
	const { findings } = await examineGalaxy(
		t,
		`${GRAVITY}galaxy: {interactivetools_enable: true, galaxy_infrastructure_url: ${url}}`,
	);
	const names = new Set(findings.map(({ name }) => name));
	for (const name of EACH) assert.ok(names.has(name), name);
	const address = findings.find(({ name }) => name === "public address");
	assert.equal(address?.verdict, "doubtful");
	assert.match(address.remedy, /Add --url/);
});

const EACH = [
	"public address",
	"front",
	"tool names",
	"same site",
	"certificate",
	"front prefix",
	"front names",
	"front scheme",
	"nginx",
	"front login",
	"published ports",
	"probe",
];

test("without an address doctor says what to add", async (t) => {
	const { findings } = await examineGalaxy(
		t,
		`${GRAVITY}galaxy: {interactivetools_enable: true}`,
	);
	const found = findings.find(({ name }) => name === "public address");
	assert.equal(found?.verdict, "unchecked");
	assert.match(found.what, /galaxy_infrastructure_url is not set/);
	assert.match(found.remedy, /^Add --url/);
});

test("tools on a domain of their own are of another site", async (t) => {
	const { url } = await startToolsSite(t);
	const { findings } = await examineGalaxy(
		t,
		`${GRAVITY}galaxy:
  interactivetools_enable: true
  galaxy_infrastructure_url: ${url}
  interactivetools_upstream_proxy: false
  interactivetools_proxy_host: tools.invalid`,
	);
	const found = findings.find(({ name }) => name === "same site");
	assert.equal(found?.verdict, "good");
	assert.match(found.what, /tools\.invalid, which is another site/);
	const names = findings.find(({ name }) => name === "tool names");
	assert.match(
		names?.what ?? "",
		/\*\.ep\.interactivetool\.tools\.invalid does not resolve/,
	);
});

for (const [one, other, shared] of [
	["galaxy.example.org", "galaxy-tools.org", ""],
	["galaxy.example.org", "tools.example.org", "example.org"],
	["galaxy.uni.ac.uk", "tools.other.ac.uk", ""],
	["galaxy.uni.ac.uk", "tools.uni.ac.uk", "uni.ac.uk"],
	["localhost", "tools.localhost", "localhost"],
	["127.0.0.1", "127.0.0.2", ""],
] as const)
	test(`${one} and ${other} share ${shared === "" ? "no site" : shared}`, () => {
		assert.equal(sharedLabels(one, other), shared);
	});
