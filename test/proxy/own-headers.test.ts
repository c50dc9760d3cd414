import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startChain, startProxy } from "../support/proxy.js";

test("--trust-proxy decides whose X-Forwarded-For is believed", async (t) => {
	const container = await startAnswering(t);
	for (const [trustProxy, expected] of [
		[["loopback"], "1.1.1.1, 127.0.0.1"],
		[["127.0.0.0/8"], "1.1.1.1, 127.0.0.1"],
		[["127.0.0.1"], "1.1.1.1, 127.0.0.1"],
		[["10.0.0.0/8", "::1"], "127.0.0.1"],
		[[], "127.0.0.1"],
	] as const) {
		const proxy = await startProxy(t, { abc: container }, { trustProxy });
		const client = await connect(t, proxy.port);
		await client.send(request("GET /", "X-Forwarded-For: 1.1.1.1")).response();
		const { headers = [] } = container.requests.at(-1) ?? {};
		const fields = Object.fromEntries(headers);
		assert.equal(fields["X-Forwarded-For"], expected);
	}
});

test("a connection that repeats its head byte for byte is served the same", async (t) => {
	const { client, container } = await startChain(t);
	const texts = [
		request("GET /a"),
		request("GET /a", "X: 1"),
		request("GET /a"),
	];
	for (const text of [...texts, ...texts])
		assert.equal((await client.send(text).response()).text, "ok");
	const fields = container.requests.map(({ headers }) => headers.length);
	const closing = (index: number) => (index < 4 ? 1 : 0);
	assert.deepEqual(
		fields.map((count, index) => count - closing(index)),
		[3, 4, 3, 3, 4, 3],
	);
});
