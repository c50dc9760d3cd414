import assert from "node:assert/strict";
import { test } from "node:test";
import { head, request, values } from "../support/client.js";
import { startChain } from "../support/proxy.js";

test("trailers pass, without those that a trailer section must not hold", async (t) => {
	const fields = ["Transfer-Encoding: chunked", "Trailer: X-Sum"];
	const trailers = [
		"X-Sum: 7",
		"Content-Length: 3",
		"Set-Cookie: a=1",
		"x-b:2",
	];
	const { client } = await startChain(t, {
		answer: `${head("HTTP/1.1 200 OK", ...fields)}5\r\nhello\r\n${head("0", ...trailers)}`,
	});
	const response = await client.send(request("GET /")).response();
	assert.equal(response.text, "hello");
	assert.deepEqual(values(response.headers, "Trailer"), ["X-Sum"]);
	assert.deepEqual(response.trailers, [
		["X-Sum", "7"],
		["x-b", "2"],
	]);
});
