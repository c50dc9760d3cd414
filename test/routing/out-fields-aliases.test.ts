import assert from "node:assert/strict";
import { test } from "node:test";
import { FRONT, STRANGER, sent } from "./out-fields.js";

for (const name of [
	"X_Forwarded_For",
	"X-Forwarded_For",
	"x_forwarded-proto",
	"X_Forwarded_Host",
	"X_Real_IP",
	"X_Forwarded_Anything",
	"Content_Length",
	"Transfer_Encoding",
	"Proxy_Authorization",
	"Keep_Alive",
])
	test(`${name} is dropped: a CGI server reads it as what we set`, () => {
		for (const peer of [FRONT, STRANGER])
			assert.deepEqual(sent(peer, ["Host: a", `${name}: 1`]), ["Host: a"]);
	});

test("other names with an underscore pass", () => {
	const lines = ["_xsrf: 1", "X_Custom: 2", "Accept_Language: de"];
	assert.deepEqual(sent(STRANGER, lines), lines);
});
