import { test } from "node:test";
import { request } from "../support/client.js";
import { expectRefused } from "./attack.js";

for (const target of [
	"/caf\xe9",
	"/a?\xff",
	"/\xc0\xafa",
	"http://a/\xed\xa0\x80",
])
	test(`bytes that are not UTF-8 in a target are refused: ${JSON.stringify(target)}`, (t) =>
		expectRefused(t, request(`GET ${target}`)));
