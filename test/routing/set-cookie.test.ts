import assert from "node:assert/strict";
import { test } from "node:test";
import { answered } from "./response-lines.js";

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
