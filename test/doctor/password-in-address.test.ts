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
