import { test } from "node:test";
import { request } from "../support/client.js";
import {
	CHUNKED,
	chunk,
	expectRefused,
	LAST_CHUNK,
	SMUGGLED,
} from "./attack.js";

const CHUNKS = chunk(SMUGGLED) + LAST_CHUNK;
const SIZE_LINE = CHUNKS.indexOf("\n") + 1;

for (const [name, fields] of [
	["a length over the size line", [CHUNKED, `Content-Length: ${SIZE_LINE}`]],
	["a length of nothing", [CHUNKED, "Content-Length: 0"]],
	["a length that is none", [CHUNKED, "Content-Length: x"]],
	["an empty length", [CHUNKED, "Content-Length:"]],
	[
		"names in another case",
		["TRANSFER-ENCODING: CHUNKED", `content-length: ${SIZE_LINE}`],
	],
] as const)
	test(`TE.CL (RFC 9112 6.1): ${name} is refused`, (t) =>
		expectRefused(t, request("POST /", ...fields) + CHUNKS));
