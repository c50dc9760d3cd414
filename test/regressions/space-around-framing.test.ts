import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import { startChain } from "../support/proxy.js";

// Found by the fuzzer. The field was forwarded unchanged, and a container that does not trim tabs or trailing spaces read no
// "chunked" there: the body was its next request.
for (const line of [
	...["Transfer-Encoding: chunked\t", "Transfer-Encoding:\tchunked"],
	...["Transfer-Encoding: chunked ", "Content-Length: 5\t"],
	...["Content-Length:\t5", "Content-Length: 5 "],
])
	test(`${JSON.stringify(line)} is refused`, async (t) => {
		const { client, container } = await startChain(t);
		const { status } = await client.send(request("POST /", line)).response();
		assert.equal(status, 400);
		assert.equal(await client.closed, "end");
		assert.equal(container.requests.length, 0);
	});
