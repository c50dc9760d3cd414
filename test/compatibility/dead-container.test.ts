import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, request, values } from "../support/client.js";
import { OK, STOPPED, startAnswering } from "../support/container.js";
import { freePort } from "../support/free-port.js";
import { startClient } from "../support/proxy.js";

test("a stopped container: 502, exactly the legacy's body, and the connection stays open", async (t) => {
	const alive = await startAnswering(t);
	const { client } = await startClient(t, { abc: STOPPED, def: alive });
	for (const text of [request("GET /"), request("GET /again")]) {
		const response = await client.send(text).response();
		assert.equal(response.status, 502);
		assert.equal(response.text, "Proxy target missing");
		assert.deepEqual(values(response.headers, "Cache-Control"), ["no-store"]);
	}
	client.send(anonymous("GET /", "Cookie: galaxysession=def"));
	assert.equal((await client.response()).text, "ok");
});

test("a container that was started again is served at once", async (t) => {
	// Between the two containers nobody else is given their port.
	const port = await freePort();
	const first = await startAnswering(t, OK, { port });
	const { client } = await startClient(t, { abc: first });
	assert.equal((await client.send(request("GET /")).response()).status, 200);
	await first.kill();
	assert.equal((await client.send(request("GET /")).response()).status, 502);
	await startAnswering(t, OK, { port });
	assert.equal((await client.send(request("GET /")).response()).status, 200);
});
