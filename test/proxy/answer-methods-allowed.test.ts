import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request, values } from "../support/client.js";
import { startProxy } from "../support/proxy.js";

test("405 says which methods are served", async (t) => {
	const proxy = await startProxy(t, {});
	const client = await connect(t, proxy.port);
	const { headers } = await client.send(request("TRACE /")).response();
	assert.deepEqual(values(headers, "Allow"), [
		"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
	]);
});
