import assert from "node:assert/strict";
import { test } from "node:test";
import { examineGalaxy } from "./galaxy-file.js";

for (const host of ["127.0.0.1:1", "192.0.2.1.invalid"])
	test(`a password in galaxy_infrastructure_url is not shown: ${host}`, async (t) => {
		const { findings } = await examineGalaxy(
			t,
			`galaxy: {interactivetools_enable: true, galaxy_infrastructure_url: "http://user:s3cret@${host}/galaxy"}`,
		);
		const text = JSON.stringify(findings);
		assert.match(text, RegExp(`http://${host}/galaxy`));
		assert.doesNotMatch(text, /s3cret/);
	});

for (const [setting, shown] of [
	["galaxy_infrastructure_url: admin:s3cret@g.example", /is g\.example in/],
	[
		"galaxy_infrastructure_url: 'http://admin:s3cret/s3cret@localhost'",
		/at http:\/\/localhost \(/,
	],
	[
		"interactivetools_proxy_host: 'admin:s3cret@s3cret@g.example'",
		/\(g\.example\) in/,
	],
	[
		"interactivetools_upstream_proxy: false, interactivetools_proxy_host: 'admin:s3cret@g.example/x'",
		/is g\.example\/x in/,
	],
] as const)
	test(`a password in an address that is not a URL is not shown: ${setting}`, async (t) => {
		const { findings } = await examineGalaxy(
			t,
			`galaxy: {interactivetools_enable: true, ${setting}}`,
		);
		const text = JSON.stringify(findings);
		assert.match(text, shown);
		assert.doesNotMatch(text, /s3cret/);
	});
