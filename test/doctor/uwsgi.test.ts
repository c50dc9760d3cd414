import assert from "node:assert/strict";
import { test } from "node:test";
import { expectDiagnosis } from "./examined.js";
import { examineGalaxy } from "./galaxy-file.js";

const UWSGI =
	"uwsgi: {http: '127.0.0.1:8080', interactivetools_map: database/m.sqlite}";
const ENABLED = "interactivetools_enable: true";

for (const [where, galaxy, what, remedy] of [
	[
		"alone",
		`galaxy: {${ENABLED}}`,
		/section uwsgi .* has interactivetools_map.* do not read it$/,
		/^Set interactivetools_map in the section galaxy, to the same file, and remove /,
	],
	[
		"and Galaxy's, to the same file",
		`galaxy: {${ENABLED}, interactivetools_map: database/m.sqlite}`,
		/names the same file already$/,
		/^So remove interactivetools_map and the rules/,
	],
	[
		"and Galaxy's, to another file",
		`galaxy: {${ENABLED}, interactivetools_map: other.sqlite}`,
		/names another file$/,
		/^While no tool runs, remove interactivetools_map/,
	],
] as const)
	test(`a map in uWSGI's section ${where} is of old releases`, async (t) => {
		expectDiagnosis(await examineGalaxy(t, `${UWSGI}\n${galaxy}`), {
			name: "map places",
			verdict: "doubtful",
			what,
			remedy,
		});
	});

test("a Galaxy that uWSGI starts has no gravity to start a proxy", async (t) => {
	const examined = await examineGalaxy(t, `${UWSGI}\ngalaxy: {${ENABLED}}`);
	expectDiagnosis(examined, {
		name: "gravity",
		verdict: "doubtful",
		what: /is for a Galaxy that uWSGI starts/,
		remedy:
			/^Run galaxy-proxy by its own unit, which galaxy-proxy front systemd prints/,
	});
	const text = JSON.stringify(examined.findings);
	assert.doesNotMatch(text, /galaxyctl update/);
});
