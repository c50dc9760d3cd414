import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import {
	CHUNKED,
	chunk,
	expectPassed,
	LAST_CHUNK,
	SMUGGLED,
} from "./attack.js";

// http-proxy took the Transfer-Encoding from DELETE and OPTIONS, and sent the chunks all the same.
for (const method of ["DELETE", "OPTIONS", "GET", "HEAD", "PURGE"])
	test(`chunked ${method} (CVE-2026-29057): the body goes out as framed, and no byte of it is a request`, async (t) => {
		const bytes = request(`${method} /a`, CHUNKED) + chunk(SMUGGLED);
		const [first] = await expectPassed(t, bytes + LAST_CHUNK, [
			["/a", SMUGGLED],
		]);
		assert.equal(first?.method, method);
		assert.equal(first?.framing, "chunked");
	});
