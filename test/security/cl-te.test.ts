import { test } from "node:test";
import { COOKIE, head, request } from "../support/client.js";
import {
	CHUNKED,
	chunk,
	expectRefused,
	LAST_CHUNK,
	SMUGGLED,
} from "./attack.js";

const HIDDEN = LAST_CHUNK + SMUGGLED;

for (const [name, bytes] of [
	[
		"a length over both",
		request("POST /", `Content-Length: ${HIDDEN.length}`, CHUNKED) + HIDDEN,
	],
	[
		"a length of nothing",
		request("POST /", "Content-Length: 0", CHUNKED) + chunk(SMUGGLED),
	],
	[
		"a length that agrees with the chunks",
		request("POST /", `Content-Length: ${LAST_CHUNK.length}`, CHUNKED) +
			LAST_CHUNK,
	],
	[
		"GET",
		request("GET /", `Content-Length: ${HIDDEN.length}`, CHUNKED) + HIDDEN,
	],
	[
		"chunks in HTTP/1.0",
		head("POST / HTTP/1.0", COOKIE, CHUNKED) + chunk(SMUGGLED),
	],
] as const)
	test(`CL.TE (RFC 9112 6.1): ${name} is refused`, (t) =>
		expectRefused(t, bytes));
