import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutCookies } from "../../src/routing/container-request.js";
import { answered } from "./response-lines.js";

const withheld = {
	withholdsCookie: (name: string) => name === "galaxysession",
};

for (const [value, left] of [
	["galaxysession=abc", ""],
	["galaxysession", ""],
	["galaxysession=", ""],
	["galaxysession=a; galaxysession=b", ""],
	["a=1; galaxysession=abc; b=2", "a=1; b=2"],
	["galaxysession=abc; b=2", "b=2"],
	["a=1; galaxysession=abc", "a=1"],
	["a=1;galaxysession=abc;b=2", "a=1;b=2"],
	["a=1; \tgalaxysession \t= abc; b=2", "a=1; b=2"],
	["a=1; GalaxySession=abc", "a=1; GalaxySession=abc"],
	["xgalaxysession=1; galaxysessionx=2", "xgalaxysession=1; galaxysessionx=2"],
	["a=galaxysession", "a=galaxysession"],
	["a=galaxysession=1; b", "a=galaxysession=1; b"],
	["a = 1 ;  b", "a = 1 ;  b"],
	["__proto__=1; _xsrf=2|a|b|3", "__proto__=1; _xsrf=2|a|b|3"],
	["a=\xe9; galaxysession=\xe9", "a=\xe9"],
] as const)
	test(JSON.stringify(value), () => {
		assert.equal(withoutCookies(value, withheld), left);
	});

test("a container cannot set the session's cookie", () => {
	for (const line of [
		"Set-Cookie: galaxysession=evil; Path=/",
		"set-cookie:galaxysession=",
		"Set-Cookie:  galaxysession\t= evil",
	])
		assert.deepEqual(answered(200, ["Set-Cookie: a=1", line]), [
			"Set-Cookie: a=1",
		]);
});

test("its other cookies pass, each on its line", () => {
	const lines = [
		"Set-Cookie: _xsrf=2|a; Path=/",
		"set-cookie: username-localhost-8888=galaxysession=1",
		"Set-Cookie: GalaxySession=1",
		"Set-Cookie: galaxysessionx=1",
	];
	assert.deepEqual(answered(200, lines), lines);
});
