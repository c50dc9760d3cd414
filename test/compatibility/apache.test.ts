import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, head, values } from "../support/client.js";
import { startChain } from "../support/proxy.js";

const FROM_APACHE = head(
	"GET /gie_proxy/jupyter/ipython/ HTTP/1.1",
	"Host: localhost:8800",
	COOKIE,
	"X-Forwarded-For: 192.0.2.9",
	"X-Forwarded-Host: galaxy.example",
	"X-Forwarded-Server: galaxy.example",
	"Connection: Keep-Alive",
);

test("what Apache says of its client passes, and its own address is added", async (t) => {
	const { client, container } = await startChain(t);
	for (let round = 0; round < 2; round++) {
		assert.equal((await client.send(FROM_APACHE).response()).text, "ok");
		const { headers } = await container.request(round);
		for (const [name, value] of [
			["Host", "localhost:8800"],
			["X-Forwarded-For", "192.0.2.9, 127.0.0.1"],
			["X-Forwarded-Host", "galaxy.example"],
			["X-Forwarded-Server", "galaxy.example"],
		] as const)
			assert.deepEqual(values(headers, name), [value]);
		assert.deepEqual(values(headers, "X-Forwarded-Proto"), []);
	}
});
